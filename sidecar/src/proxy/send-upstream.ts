// Sends one call to its upstream: facts of the request, headers, the usage we ask for; the relay takes the answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Clock } from '@tollgate/service-kit/clock';
import { keyInjection } from '../policy/upstream-key.ts';
import type { Route } from '../policy/upstream-route.ts';
import { askForUsage } from '../providers/ask-for-usage.ts';
import { readRequestFacts } from '../providers/request-facts.ts';
import { createUsageChunkFilter } from '../providers/usage-chunk-filter.ts';
import { type AnswerRelay, abortRelay, createAnswerRelay, type DrainBounds } from './answer-relay.ts';
import type { CallSink, CallState } from './call-state.ts';
import { requestHeaders } from './forwarded-headers.ts';
import type { RequestBody } from './request-body.ts';
import type { UpstreamPool } from './upstream-pools.ts';
import { type ClientTunnel, joinWebSocket } from './web-socket.ts';

const NOTHING = Buffer.alloc(0);

export interface UpstreamSend {
  readonly call: CallState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly body: RequestBody;
  readonly pool: UpstreamPool;
  readonly clock: Clock;
  readonly calls: CallSink;
  readonly drain: DrainBounds | null;
  /** The client's socket, where it asks for a WebSocket. */
  readonly tunnel: ClientTunnel | null;
  /** The relay that serves the client now: told when it leaves. */
  readonly onRelay: (relay: AnswerRelay) => void;
}

/** Never throws: what cannot be sent is answered with an error. */
export function sendUpstream(send: UpstreamSend): void {
  const { call, request, route, body, pool } = send;
  const read = readableBytes(body);
  call.request = readRequestFacts({
    api: call.api,
    provider: call.provider,
    path: route.path,
    headers: request.headers,
    body: read,
  });
  if (body.kind === 'whole') call.body = read;
  const asked = body.kind === 'whole' && !pool.refusesUsageAsk() ? askForUsage(read, call.request) : null;
  dispatch(send, asked, null);
  send.calls.sent(call);
}

/** `asked` is the body with usage asked for, to be withheld from the client; null sends the body as it came. */
function dispatch(send: UpstreamSend, asked: Buffer | null, onTaken: (() => void) | null): void {
  const { call, request, response, route, body, pool, clock, calls, drain } = send;
  const relay = createAnswerRelay({
    call,
    response,
    pool,
    clock,
    calls,
    drain,
    chunkFilter: asked === null ? null : createUsageChunkFilter(),
    resend: asked === null ? null : () => resend(send),
    onTaken,
  });
  if (send.tunnel !== null) acceptUpgrade(relay, send.tunnel);
  send.onRelay(relay);
  const headers = requestHeaders({
    rawHeaders: request.rawHeaders,
    connection: request.headers.connection,
    te: request.headers['te'],
    keepLength: body.kind !== 'whole',
    key: keyInjection(route.upstream, request.headers),
    set: calls.upstreamHeaders(call),
    // Our chunk can only be taken out of a stream that is not compressed.
    uncompressed: asked !== null,
  });
  call.dispatchedAtMs ??= clock.monotonicMs();
  try {
    pool.dispatcher.dispatch(
      {
        origin: pool.origin,
        path: route.target,
        method: request.method ?? 'GET',
        headers,
        body: asked ?? payload(body),
        upgrade: send.tunnel === null ? null : 'websocket',
      },
      relay,
    );
  } catch (error) {
    abortRelay(relay, error instanceof Error ? error : new Error(String(error)));
  }
}

function acceptUpgrade(relay: AnswerRelay, tunnel: ClientTunnel): void {
  relay.onUpgrade = (_status, rawHeaders, upstreamSocket) => {
    joinWebSocket(relay, { tunnel, upstreamSocket, rawHeaders: rawHeaders ?? [] });
  };
}

/**
 * A server that knows no `stream_options` refuses the call: the client gets the answer to what it really sent. Only where
 * that is taken was our asking to blame; else the call was wrong by itself.
 */
function resend(send: UpstreamSend): void {
  send.call.retries += 1;
  dispatch(send, null, send.pool.noteRefusedUsageAsk);
}

function readableBytes(body: RequestBody): Buffer {
  if (body.kind === 'whole') return body.bytes;
  return body.kind === 'stream' ? body.head : NOTHING;
}

function payload(body: RequestBody): Buffer | Readable | null {
  if (body.kind === 'whole') return body.bytes;
  return body.kind === 'stream' ? body.stream : null;
}
