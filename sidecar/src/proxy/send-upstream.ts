// Sends one call to its upstream: facts of the request, headers, the usage we ask for, timeouts; the relay takes the answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@tollgate/service-kit/clock';
import { keyInjection } from '../policy/upstream-key.ts';
import type { Route } from '../policy/upstream-route.ts';
import { askForUsage } from '../providers/ask-for-usage.ts';
import { createAnswerObserver } from '../providers/create-answer-observer.ts';
import { readRequestFacts } from '../providers/request-facts.ts';
import { createUsageChunkFilter } from '../providers/usage-chunk-filter.ts';
import { type AnswerRelay, createAnswerRelay } from './answer-relay.ts';
import type { CallSink, CallState } from './call-state.ts';
import { requestHeaders } from './forwarded-headers.ts';
import { refuse } from './refusal.ts';
import type { RequestBody } from './request-body.ts';
import { describeFailure, TotalTimeout } from './upstream-failure.ts';
import type { UpstreamPool } from './upstream-pools.ts';

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
  readonly drain: { readonly maxMs: number; readonly maxBytes: number } | null;
}

/** Returns the relay, so that the exchange can tell it when the client leaves. Never throws. */
export function sendUpstream(send: UpstreamSend): AnswerRelay {
  const { call, request, route, body, pool, clock } = send;
  const { upstream } = route;
  const read = readableBytes(body);
  call.request = readRequestFacts({
    api: call.api,
    provider: upstream.provider,
    path: route.path,
    headers: request.headers,
    body: read,
  });
  if (body.kind === 'whole') call.body = read;
  const asked = body.kind === 'whole' ? askForUsage(read, call.request) : null;
  const relay = createRelay(send, asked !== null);
  const headers = requestHeaders({
    rawHeaders: request.rawHeaders,
    connection: request.headers.connection,
    te: request.headers['te'],
    keepLength: body.kind !== 'whole',
    key: keyInjection(upstream, request.headers),
    set: send.calls.upstreamHeaders(call),
    // Our chunk can only be taken out of a stream that is not compressed.
    uncompressed: asked !== null,
  });
  call.dispatchedAtMs = clock.monotonicMs();
  try {
    pool.dispatcher.dispatch(
      {
        origin: pool.origin,
        path: route.target,
        method: request.method ?? 'GET',
        headers,
        body: asked ?? payload(body),
      },
      relay.handler,
    );
  } catch (error) {
    relay.abort(error instanceof Error ? error : new Error(String(error)));
  }
  send.calls.sent(call);
  return relay;
}

function createRelay(send: UpstreamSend, usageAsked: boolean): AnswerRelay {
  const { call, response, route, pool, clock, calls } = send;
  const { upstream } = route;
  let totalTimer: NodeJS.Timeout | null = null;
  const relay = createAnswerRelay({
    call,
    response,
    clock,
    chunkFilter: usageAsked ? createUsageChunkFilter() : null,
    drain: send.drain,
    connectionsMade: pool.connectionsMade,
    observe: (status, headers) =>
      createAnswerObserver({ request: call.request, provider: upstream.provider, status, headers }),
    fail: (error) => {
      if (totalTimer !== null) clearTimeout(totalTimer);
      const failure = describeFailure(error, upstream.name);
      refuse({ call, response, error: failure, outcome: failure.outcome, calls, clock });
    },
    finish: (facts, ending, release) => {
      if (totalTimer !== null) clearTimeout(totalTimer);
      calls.finish(call, facts, ending, release);
    },
    failureOf: (error) => {
      const { outcome, reason } = describeFailure(error, upstream.name);
      return { outcome, errorType: reason };
    },
  });
  if (pool.totalTimeoutMs > 0) {
    const leftMs = pool.totalTimeoutMs - (clock.monotonicMs() - call.arrivedAtMs);
    totalTimer = setTimeout(() => relay.abort(new TotalTimeout()), Math.max(0, leftMs));
  }
  return relay;
}

function readableBytes(body: RequestBody): Buffer {
  if (body.kind === 'whole') return body.bytes;
  return body.kind === 'stream' ? body.head : NOTHING;
}

function payload(body: RequestBody) {
  if (body.kind === 'whole') return body.bytes;
  return body.kind === 'stream' ? body.stream : null;
}
