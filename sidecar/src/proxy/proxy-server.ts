// The data path's HTTP server. Fastify owns the sockets and their life; every request is taken over before it would
// route, parse or answer anything, so that what came in goes out as it came.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fastify from 'fastify';
import type { Exchange } from './exchange.ts';
import { WebSocketAwareMessage } from './web-socket-message.ts';

const MAX_HEADER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 72_000;

export interface ProxyServerOptions {
  readonly exchange: Exchange;
  readonly host: string;
  readonly port: number;
}

export interface ProxyServer {
  readonly url: string;
  /** Takes no new connections and lets open answers finish within the time given, then cuts them. */
  readonly stop: (drainMs: number) => Promise<void>;
}

export async function startProxyServer({ exchange, host, port }: ProxyServerOptions): Promise<ProxyServer> {
  const open = new Set<ServerResponse>();
  let stopping = false;
  const app = fastify({
    logger: false,
    return503OnClosing: false,
    forceCloseConnections: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: 0,
    http: { maxHeaderSize: MAX_HEADER_BYTES, IncomingMessage: WebSocketAwareMessage },
    rewriteUrl: () => '/',
  });
  // The first hook: nothing has looked at the request yet, and a taken-over reply is never touched again.
  app.addHook('onRequest', (request, reply) => {
    reply.hijack();
    const { raw } = request;
    const response = reply.raw;
    open.add(response);
    response.once('close', () => open.delete(response));
    if (stopping) {
      response.removeHeader('connection');
      response.shouldKeepAlive = false;
    }
    exchange({ request: raw, response, url: request.originalUrl, tunnel: null });
  });
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    app.server.emit('request', request, response);
  });
  const tunnels = new Set<Socket>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
    exchange({
      request,
      response: answerOn(request, socket),
      url: request.url ?? '/',
      tunnel: { socket, head },
    });
  });
  await app.listen({ host, port });
  const address = app.server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    stop: async (drainMs) => {
      stopping = true;
      for (const response of open) response.shouldKeepAlive = false;
      const closed = app.close();
      app.server.closeIdleConnections();
      const timer = setTimeout(() => {
        app.server.closeAllConnections();
        for (const socket of tunnels) socket.destroy();
      }, drainMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

/** For a handshake that is refused: node:http gives no answer object to an upgrade. */
function answerOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  return response;
}
