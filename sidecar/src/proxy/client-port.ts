// The port that clients connect to. Hands each connection over unread and knows nothing of what is spoken on it.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Logger } from '@tollgate/service-kit/logger';

const COMPLAINT_INTERVAL_MS = 10_000;

export interface ClientPortOptions {
  readonly host: string;
  /** 0 takes any. */
  readonly port: number;
  readonly onConnection: (socket: Socket) => void;
  readonly log: Logger;
  /** Reads nothing, so that a connection can be passed to another process. Default false. */
  readonly paused?: boolean;
}

export interface ClientPort {
  readonly url: string;
  /** Takes no more connections; those taken live on. */
  readonly close: () => void;
}

/** Rejects with what the system says where the port cannot be had. */
export async function openClientPort(options: ClientPortOptions): Promise<ClientPort> {
  const { host, port, onConnection, log, paused = false } = options;
  // Half-open: node:http decides what a client's FIN means. No delay: a token must not wait for the last one's ACK.
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: paused }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  let complainedAtMs = Number.NEGATIVE_INFINITY;
  // Too many open files, mostly: the connection is lost, the port lives on, and the log is not flooded.
  server.on('error', (exception) => {
    if (performance.now() - complainedAtMs < COMPLAINT_INTERVAL_MS) return;
    complainedAtMs = performance.now();
    log.error({ exception }, 'client_port.accept_failed');
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    close: () => void server.close(),
  };
}
