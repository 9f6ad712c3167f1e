// /healthz, /readyz and /metrics.

import type { FastifyInstance } from 'fastify';
import type { ServeContext } from './serve-context.ts';

export function registerOperations(app: FastifyInstance, { registry, metrics }: ServeContext): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const reasons = registry.models
      .filter(({ state }) => state === 'failed')
      .map(({ directory, failure }) => `${directory.name}: ${failure}`);
    const isReady = registry.models.some(({ state }) => state === 'loaded');
    if (isReady) return { status: 'ready' };
    return await reply
      .code(503)
      .send({ status: 'not ready', reasons: reasons.length > 0 ? reasons : ['no model is loaded yet'] });
  });
  app.get('/metrics', async (_, reply) => {
    reply.header('content-type', metrics.registry.contentType);
    return await metrics.registry.metrics();
  });
}
