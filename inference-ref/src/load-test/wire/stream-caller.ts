// Sends streamed requests over pooled sockets and stamps every chunk as it arrives. What runs for each chunk stands at module
// level over one plain object a call: closures would cost more than the reading.
import { CALL_ID_HEADER } from '@tollgate/contract';
import type { CallError } from '../measure/call-record.ts';
import {
  beginCall,
  type CallOnWire,
  type FinishedCall,
  finishCall,
  mayStream,
  type StreamRequest,
} from './call-on-wire.ts';
import { classifySocketError } from './classify-error.ts';
import type { Endpoint } from './connect-socket.ts';
import { type Connection, type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import { type HttpHead, headerValue, statusOf } from './http-reader.ts';
import { parseServerTiming } from './server-timing.ts';

export interface StreamCaller {
  readonly call: (request: StreamRequest, body: string) => Promise<FinishedCall>;
  readonly openAhead: (count: number) => Promise<void>;
  readonly openSockets: () => number;
  readonly close: () => void;
}

export interface StreamCallerOptions {
  readonly endpoint: Endpoint;
  readonly reuse: boolean;
  /** Of a whole call. */
  readonly totalTimeoutMs: number;
  /** Between two chunks. */
  readonly stallTimeoutMs: number;
}

interface CallerState {
  readonly options: StreamCallerOptions;
  readonly pool: ConnectionPool<CallOnWire>;
  readonly active: Set<CallOnWire>;
}

/** Characters kept of an answer that is an error or no stream. */
const PLAIN_BODY_LIMIT = 2000;
/** Calls are looked over for timeouts this often, all at once: a timer for each would cost more. */
const LOOK_OVER_MS = 100;

export function createStreamCaller(options: StreamCallerOptions): StreamCaller {
  const active = new Set<CallOnWire>();
  const pool = createConnectionPool<CallOnWire>({
    endpoint: options.endpoint,
    reuse: options.reuse,
    events: {
      onHead: takeHead,
      onBody: takeBody,
      onEnd(call, trailers) {
        takeServerTiming(call, trailers);
        end(state, call, null);
      },
      onLost(call, error) {
        end(state, call, classifySocketError(error));
      },
    },
  });
  const state: CallerState = { options, pool, active };
  const timer = setInterval(lookOver, LOOK_OVER_MS, state).unref();
  return {
    call: (request, body) =>
      new Promise((resolve) => {
        start(state, beginCall(request, body, resolve));
      }),
    openAhead: pool.openAhead,
    openSockets: pool.openSockets,
    close: () => {
      clearInterval(timer);
      pool.close();
    },
  };
}

function start(state: CallerState, call: CallOnWire): void {
  state.active.add(call);
  const idle = state.pool.takeIdle();
  if (idle !== null) {
    send(call, idle);
    return;
  }
  state.pool.open().then(
    (connection) => {
      if (call.over) state.pool.release(connection);
      else send(call, connection);
    },
    (error: Error) => end(state, call, classifySocketError(error)),
  );
}

function send(call: CallOnWire, connection: Connection<CallOnWire>): void {
  const { clock, head } = call.request;
  const bytes = `${head}content-length: ${Buffer.byteLength(call.body)}\r\n\r\n${call.body}`;
  call.body = '';
  connection.call = call;
  call.connection = connection;
  call.fresh = connection.fresh;
  call.connectMs = connection.connectMs;
  connection.fresh = false;
  call.sentMs = clock.nowMs();
  call.lastBytesMs = call.sentMs;
  connection.socket.write(bytes);
}

function takeHead(call: CallOnWire, { startLine, lines }: HttpHead): void {
  call.headersMs = call.request.clock.nowMs();
  call.lastBytesMs = call.headersMs;
  call.status = statusOf(startLine) ?? 0;
  call.contentType = mediaType(headerValue(lines, 'content-type'));
  call.throughSidecar = headerValue(lines, CALL_ID_HEADER) !== undefined;
  if (call.status !== 200) call.location = headerValue(lines, 'location');
  takeServerTiming(call, lines);
  // Written before the stream: what it says of decoding can't be the whole.
  if (call.serverTiming !== null) delete call.serverTiming['decode'];
}

function takeServerTiming(call: CallOnWire, lines: readonly string[]): void {
  const value = headerValue(lines, 'server-timing');
  if (value !== undefined) call.serverTiming = { ...call.serverTiming, ...parseServerTiming(value) };
}

function takeBody(call: CallOnWire, bytes: Buffer, from: number, to: number): void {
  const arrivedMs = call.request.clock.nowMs();
  call.lastBytesMs = arrivedMs;
  call.receivedBytes += to - from;
  const isStream = call.status === 200;
  if ((!isStream || !mayStream(call.contentType)) && call.plainBody.length < PLAIN_BODY_LIMIT)
    call.plainBody += bytes.toString('utf8', from, Math.min(to, from + PLAIN_BODY_LIMIT));
  if (isStream) call.request.reader.take(call.reading, bytes, from, to, arrivedMs);
}

function mediaType(value: string | undefined): string {
  return value?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function end({ pool, active }: CallerState, call: CallOnWire, failure: CallError | null): void {
  if (call.over) return;
  call.over = true;
  active.delete(call);
  const { connection } = call;
  if (connection !== null) {
    connection.call = null;
    if (failure === null) pool.release(connection);
    else pool.drop(connection);
  }
  call.resolve(finishCall(call, failure));
}

function lookOver(state: CallerState): void {
  const { totalTimeoutMs, stallTimeoutMs } = state.options;
  for (const call of state.active) {
    const nowMs = call.request.clock.nowMs();
    if (nowMs - call.startedMs > totalTimeoutMs) end(state, call, TOTAL_TIMEOUT);
    else if (call.status !== null && nowMs - call.lastBytesMs > stallTimeoutMs)
      end(state, call, STALL_TIMEOUT);
  }
}

const TOTAL_TIMEOUT: CallError = {
  kind: 'total_timeout',
  status: null,
  message: 'the call outlived --timeout',
};
const STALL_TIMEOUT: CallError = {
  kind: 'stall_timeout',
  status: null,
  message: 'no chunk came for longer than --stall-timeout',
};
