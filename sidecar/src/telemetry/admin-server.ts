// The admin port: metrics, liveness, readiness. Trouble with telemetry degrades, it never makes the data path unready.
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  /** The whole page, in the text exposition format. */
  readonly metrics: () => Promise<string>;
  readonly health: () => Promise<Health>;
}

export interface Health {
  /** Why no call could be served now; empty while all is well. */
  readonly unready: readonly string[];
  /** What does not work but hurts no client. */
  readonly degraded: readonly string[];
}

export interface AdminServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { host, port, metrics, health } = options;
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/metrics', async (_request, reply) => {
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    return await metrics();
  });
  app.get('/healthz', async () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const { unready: reasons, degraded } = await health();
    if (reasons.length > 0) reply.code(503);
    return { status: reasons.length === 0 ? 'ready' : 'unready', reasons, degraded };
  });
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    stop: () => app.close(),
  };
}
