// The data path's HTTP server. It is given connections and listens on none itself: they come from a port of this process
// or from a parent that shares one port among workers. Fastify owns the parser; every request is taken over before it
// would route, parse or answer anything, so that what came in goes out as it came.
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastify from 'fastify';
import { tellProtocol } from './client-protocol.ts';
import type { Exchange } from './exchange.ts';
import { createHttp2Clients } from './http2-clients.ts';
import { createUntilClosed } from './until-closed.ts';
import { WebSocketAwareMessage } from './web-socket-message.ts';

const MAX_HEADER_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 72_000;

export interface ProxyServer {
  /** Serves a client's connection, of which nothing was read yet. */
  readonly accept: (socket: Socket) => void;
  /** Lets open answers finish within the time given, then cuts them. Resolves once every connection is closed. */
  readonly drain: (withinMs: number) => Promise<void>;
}

export async function createProxyServer({ exchange }: { readonly exchange: Exchange }): Promise<ProxyServer> {
  let stopping = false;
  let onLastClosed: () => void = () => undefined;
  const connections = createUntilClosed<Socket>(() => onLastClosed());
  const open = createUntilClosed<ServerResponse>();
  const app = fastify({
    logger: false,
    return503OnClosing: false,
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
    if (stopping) {
      response.removeHeader('connection');
      response.shouldKeepAlive = false;
    }
    exchange({ request: raw, response, url: request.originalUrl, tunnel: null });
  });
  // Without a route, each request is looked for a second time, among what answers unknown ones.
  app.all('/', neverReached);
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    app.server.emit('request', request, response);
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    exchange({
      request,
      response: answerOn(request, socket),
      url: request.url ?? '/',
      tunnel: { socket, head },
    });
  });
  const http2Clients = createHttp2Clients((serverSide) => void app.server.emit('connection', serverSide));
  await app.ready();
  // Only a server that listens looks for requests whose head never ends, and knows its idle connections.
  app.server.emit('listening');

  return {
    accept: (socket) => {
      connections.add(socket);
      tellProtocol(socket, (protocol) => {
        if (protocol === 'h2') {
          http2Clients.accept(socket);
          return;
        }
        app.server.emit('connection', socket);
        socket.resume();
      });
    },
    drain: async (withinMs) => {
      stopping = true;
      open.each((response) => {
        response.shouldKeepAlive = false;
      });
      const allClosed = new Promise<void>((resolve) => {
        onLastClosed = resolve;
      });
      app.server.closeIdleConnections();
      http2Clients.close();
      connections.each((socket) => {
        if (socket.bytesRead === 0) socket.destroy();
      });
      const timer = setTimeout(() => {
        connections.each((socket) => socket.destroy());
      }, withinMs);
      if (connections.size() > 0) await allClosed;
      clearTimeout(timer);
      await app.close();
      app.server.close();
    },
  };
}

function neverReached(): void {
  throw new Error('a request was not taken over');
}

/** For a handshake that is refused: node:http gives no answer object to an upgrade. */
function answerOn(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  return response;
}
