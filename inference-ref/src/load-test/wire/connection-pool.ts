// Connections to one endpoint, each with at most one call on it, so that nothing queues inside the client and a fresh
// connection is known as such.
import type { Socket } from 'node:net';
import { connectSocket, type Endpoint } from './connect-socket.ts';
import {
  createHttpReader,
  endHttp,
  type HttpHead,
  type HttpReader,
  headerValue,
  readHttp,
} from './http-reader.ts';

export interface Connection<Call> {
  readonly socket: Socket;
  readonly http: HttpReader;
  /** TCP and TLS set-up. */
  readonly connectMs: number;
  /** No call used it before; one opened ahead of the run counts as used. */
  fresh: boolean;
  /** The call that gets what arrives; null while idle. */
  call: Call | null;
  /** The server wants it closed after this answer, or has closed it. */
  ending: boolean;
  /** How long the server said it keeps an idle connection. */
  keepAliveMs: number;
  /** Until when it may be used again, on `performance.now()`. */
  idleUntilMs: number;
}

/** What happens to the call on a connection. One object for all of them: nothing is made per call. */
export interface CallEvents<Call> {
  onHead(call: Call, head: HttpHead): void;
  onBody(call: Call, bytes: Buffer, start: number, end: number): void;
  /** The answer is whole; the connection no longer knows the call. */
  onEnd(call: Call, trailers: readonly string[]): void;
  /** The connection broke under the call. */
  onLost(call: Call, error: Error): void;
}

export interface ConnectionPool<Call> {
  /** An open connection without a call; null when there is none. */
  readonly takeIdle: () => Connection<Call> | null;
  /** Rejects with the socket's error. */
  readonly open: () => Promise<Connection<Call>>;
  /** Gives a connection back after its answer's end. */
  readonly release: (connection: Connection<Call>) => void;
  readonly drop: (connection: Connection<Call>) => void;
  /** Connects until this many are idle, a few at a time, so that a run does not begin with a storm of connects. */
  readonly openAhead: (count: number) => Promise<void>;
  readonly openSockets: () => number;
  readonly close: () => void;
}

export interface ConnectionPoolOptions<Call> {
  readonly endpoint: Endpoint;
  readonly reuse: boolean;
  readonly events: CallEvents<Call>;
}

const AHEAD_AT_ONCE = 32;
/** Closed this long before the server would: what is under way then would be lost. */
const IDLE_MARGIN_MS = 1000;

export function createConnectionPool<Call>({
  endpoint,
  reuse,
  events,
}: ConnectionPoolOptions<Call>): ConnectionPool<Call> {
  const idle: Connection<Call>[] = [];
  const all = new Set<Connection<Call>>();
  const drop = (connection: Connection<Call>): void => {
    all.delete(connection);
    connection.ending = true;
    connection.socket.destroy();
  };
  const open = async (): Promise<Connection<Call>> => {
    const connection = await connect(endpoint, events, drop);
    all.add(connection);
    return connection;
  };
  return {
    takeIdle: () => {
      for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
        if (!connection.ending && connection.idleUntilMs > performance.now()) return connection;
        drop(connection);
      }
      return null;
    },
    open,
    release: (connection) => {
      connection.idleUntilMs = performance.now() + connection.keepAliveMs;
      if (connection.ending || !reuse) drop(connection);
      else idle.push(connection);
    },
    drop,
    openAhead: async (count) => {
      while (reuse && idle.length < count) {
        const missing = Math.min(AHEAD_AT_ONCE, count - idle.length);
        const opened = await Promise.allSettled(Array.from({ length: missing }, () => open()));
        for (const result of opened) {
          // The calls themselves will tell what is wrong with the target.
          if (result.status === 'rejected') return;
          result.value.fresh = false;
          idle.push(result.value);
        }
      }
    },
    openSockets: () => all.size,
    close: () => {
      for (const connection of all) drop(connection);
      idle.length = 0;
    },
  };
}

async function connect<Call>(
  endpoint: Endpoint,
  events: CallEvents<Call>,
  drop: (connection: Connection<Call>) => void,
): Promise<Connection<Call>> {
  const startedMs = performance.now();
  let connection: Connection<Call> | undefined;
  const socket = await connectSocket(endpoint, (length, bytes) => {
    if (connection !== undefined) take(connection, bytes, length, drop);
  });
  const opened: Connection<Call> = {
    socket,
    http: createHttpReader('answers', {
      onHead(head) {
        noteKeepAlive(opened, head);
        if (opened.call === null) drop(opened);
        else events.onHead(opened.call, head);
      },
      onBody(bytes, start, end) {
        if (opened.call !== null) events.onBody(opened.call, bytes, start, end);
      },
      onEnd(trailers) {
        const call = leave(opened);
        if (call !== null) events.onEnd(call, trailers);
      },
      onBroken(problem) {
        lose(opened, new Error(problem), events, drop);
      },
    }),
    connectMs: performance.now() - startedMs,
    fresh: true,
    call: null,
    ending: false,
    keepAliveMs: Number.POSITIVE_INFINITY,
    idleUntilMs: Number.POSITIVE_INFINITY,
  };
  connection = opened;
  socket.on('error', (error) => lose(opened, error, events, drop));
  socket.on('close', () => {
    opened.ending = true;
    const whole = endHttp(opened.http);
    // A call that is still here got no answer, or not all of it.
    const words = whole ? 'the server closed the connection before it answered' : 'the answer was cut short';
    lose(opened, Object.assign(new Error(words), { code: 'ECONNRESET' }), events, drop);
  });
  return opened;
}

function take<Call>(
  connection: Connection<Call>,
  bytes: Buffer,
  length: number,
  drop: (connection: Connection<Call>) => void,
): void {
  // Nobody asked: what it answers can't be told from the next call's answer.
  if (connection.call === null) drop(connection);
  else readHttp(connection.http, bytes, 0, length);
}

function leave<Call>(connection: Connection<Call>): Call | null {
  const { call } = connection;
  connection.call = null;
  return call;
}

function lose<Call>(
  connection: Connection<Call>,
  error: Error,
  events: CallEvents<Call>,
  drop: (connection: Connection<Call>) => void,
): void {
  const call = leave(connection);
  drop(connection);
  if (call !== null) events.onLost(call, error);
}

function noteKeepAlive<Call>(connection: Connection<Call>, { startLine, lines }: HttpHead): void {
  const wish = headerValue(lines, 'connection')?.toLowerCase() ?? '';
  if (wish.includes('close') || (startLine.startsWith('HTTP/1.0') && !wish.includes('keep-alive')))
    connection.ending = true;
  const seconds = /timeout=(\d+)/.exec(headerValue(lines, 'keep-alive') ?? '')?.[1];
  if (seconds !== undefined) connection.keepAliveMs = Math.max(0, Number(seconds) * 1000 - IDLE_MARGIN_MS);
}
