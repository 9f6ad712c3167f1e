// Serves the built dashboard: its page afresh each time, its hashed assets for good, and its page for every path it routes itself.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyInstance } from 'fastify';
import { apiError } from './error-answer.ts';

const errNotFound = defineError('TG_NOT_FOUND', 404);

export function dashboardFiles(directory: string) {
  const plugin = async (app: FastifyInstance): Promise<void> => {
    if (existsSync(directory)) {
      await app.register(fastifyStatic, {
        root: directory,
        cacheControl: false,
        preCompressed: true,
        setHeaders: (response, path) => {
          const immutable = path.startsWith(join(directory, 'assets'));
          response.setHeader('vary', 'accept-encoding');
          response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
        },
      });
    }
    app.setNotFoundHandler(async (request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '/';
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const isPage = isRead && !/^\/(api|v1|assets)(\/|$)/.test(path) && !/\.[a-z0-9]+$/i.test(path);
      if (isPage && existsSync(join(directory, 'index.html'))) {
        return reply.header('cache-control', 'no-cache').sendFile('index.html');
      }
      const hint = isPage ? 'the dashboard is not built: run `npm run build -w dashboard`' : 'see /api/docs';
      return reply
        .code(404)
        .send(apiError(errNotFound(`there is no ${request.method} ${path} here`, { hint })));
    });
  };
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
