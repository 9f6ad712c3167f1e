// /healthz, /readyz and /metrics: for machines that watch this one. They tell no secrets and need no token.
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { StoreReadiness } from './storage/store-readiness.ts';

export function operationsRoutes(deps: { readonly registry: Registry; readonly readiness: StoreReadiness }) {
  return async (app: FastifyInstance): Promise<void> => {
    const hidden = { schema: { hide: true } };
    app.get('/healthz', hidden, async () => ({ status: 'alive' }));
    app.get('/readyz', hidden, async (_request, reply) => {
      const problem = await deps.readiness.problem();
      if (problem === undefined) return { status: 'ready' };
      return reply.code(503).send({ status: 'not ready', reasons: [problem] });
    });
    app.get('/metrics', hidden, async (_request, reply) => {
      reply.type(deps.registry.contentType);
      return deps.registry.metrics();
    });
  };
}
