// /healthz (whether only a new process can help), /readyz, /metrics, and /health, which load generators ask before they begin.

import type { FastifyInstance } from 'fastify';
import type { ServeContext } from './serve-context.ts';

export function registerOperations(app: FastifyInstance, { registry, metrics, health }: ServeContext): void {
  app.get('/healthz', async (_, reply) => {
    const reasons = registry.models.flatMap(({ loaded }) => loaded?.engine.givenUp?.message ?? []);
    if (reasons.length === 0) return { status: 'ok' };
    return await reply.code(503).send({ status: 'restart me', reasons });
  });
  const readiness = () => {
    const reasons = registry.models
      .filter(({ state }) => state === 'failed')
      .map(({ directory, failure }) => `${directory.name}: ${failure}`);
    const models = Object.fromEntries(
      registry.models.map(({ directory, state }) => [
        directory.name,
        { state, health: health.of(directory.name).state },
      ]),
    );
    const isReady = Object.values(models).some(
      (model) => model.state === 'loaded' && model.health !== 'failed',
    );
    if (isReady) return { status: 'ready', models };
    return {
      status: 'not ready',
      reasons: reasons.length > 0 ? reasons : ['no loaded model answers'],
      models,
    };
  };
  for (const path of ['/readyz', '/health']) {
    app.get(path, async (_, reply) => {
      const state = readiness();
      return await reply.code(state.status === 'ready' ? 200 : 503).send(state);
    });
  }
  app.get('/metrics', async (_, reply) => {
    reply.header('content-type', metrics.registry.contentType);
    return await metrics.registry.metrics();
  });
}
