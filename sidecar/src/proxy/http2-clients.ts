// Serves clients that speak HTTP/2 without TLS, as the AWS SDK does to a plain endpoint. Each stream becomes a connection of
// its own to our HTTP/1.1 server, in memory, so that there is one data path for both.
import { type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import {
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;
const MAX_STREAMS = 1_000;
const IDLE_MS = 72_000;
/** What HTTP/2 does in its own way. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

export interface Http2Clients {
  /** Takes a connection over that begins with the preface. */
  readonly accept: (socket: Socket) => void;
  /** Says goodbye: open streams may finish, new ones are refused. */
  readonly close: () => void;
}

type StreamEvent = [ServerHttp2Stream, IncomingHttpHeaders, flags: number, rawHeaders: string[]];

/** `connect` is given our server's side of each stream's connection. */
export function createHttp2Clients(connect: (serverSide: Duplex) => void): Http2Clients {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings: { maxConcurrentStreams: MAX_STREAMS } });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // A session without streams for so long; a stream keeps it.
    session.setTimeout(IDLE_MS, () => session.close());
  });
  server.on('stream', (...[stream, headers, , rawHeaders]: StreamEvent) => {
    // Its close says as much.
    stream.on('error', () => undefined);
    if (headers[':method'] === 'CONNECT') stream.close(NGHTTP2_REFUSED_STREAM);
    else serve(stream, headers, requestHead(headers, rawHeaders, stream.endAfterHeaders), connect);
  });
  return {
    accept: (socket) => void server.emit('connection', socket),
    close: () => {
      for (const session of sessions) session.close();
    },
  };
}

function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  head: string[],
  connect: (serverSide: Duplex) => void,
): void {
  const [serverSide, clientSide] = duplexPair();
  // Neither end of a pair hears of the other's destruction by itself.
  clientSide.once('close', () => serverSide.destroy());
  // As a socket's: what was written goes out first.
  connect(Object.assign(serverSide, { destroySoon: () => void serverSide.end(() => serverSide.destroy()) }));
  const asking = sendRequest({
    method: String(headers[':method']),
    path: String(headers[':path']),
    headers: head,
    createConnection: () => clientSide,
  });
  asking.on('continue', () => stream.additionalHeaders({ ':status': 100 }));
  asking.on('response', (answer) => respond(stream, answer));
  asking.on('error', () => stream.close(NGHTTP2_INTERNAL_ERROR));
  stream.once('close', () => leave(stream, asking, clientSide));
  stream.pipe(asking);
}

/** The client is gone, or has its answer: the other side is told only of the first. */
function leave(stream: ServerHttp2Stream, asking: ClientRequest, clientSide: Duplex): void {
  if (stream.rstCode === NGHTTP2_NO_ERROR && stream.writableFinished) clientSide.end();
  else clientSide.destroy();
  asking.destroy();
}

function requestHead(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  endAfterHeaders: boolean,
): string[] {
  const head = ['host', String(headers[':authority'] ?? headers['host'] ?? '')];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.startsWith(':') || name === 'host' || CONNECTION_HEADERS.has(name)) continue;
    head.push(name, raw[index + 1] ?? '');
  }
  if (headers['content-length'] !== undefined) return head;
  if (!endAfterHeaders) head.push('transfer-encoding', 'chunked');
  else if (headers[':method'] !== 'GET' && headers[':method'] !== 'HEAD') head.push('content-length', '0');
  return head;
}

function respond(stream: ServerHttp2Stream, answer: IncomingMessage): void {
  if (stream.destroyed || stream.closed) return;
  const headers: Record<string, string[] | number> = { ':status': answer.statusCode ?? 502 };
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = (answer.rawHeaders[index] ?? '').toLowerCase();
    if (CONNECTION_HEADERS.has(name)) continue;
    const known = headers[name];
    const value = answer.rawHeaders[index + 1] ?? '';
    headers[name] = Array.isArray(known) ? [...known, value] : [value];
  }
  stream.respond(headers, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    if (Object.keys(answer.trailers).length > 0) stream.sendTrailers(answer.trailers);
    else stream.close();
  });
  answer.once('error', () => stream.close(NGHTTP2_INTERNAL_ERROR));
  answer.pipe(stream);
}
