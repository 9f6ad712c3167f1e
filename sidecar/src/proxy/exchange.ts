// One call from its first byte on: attribute, route, read as much of the request as policies need, send it upstream.
// The policies to come stand between attribution and sending, in the order authenticate, limit, budget, filter, cache.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@tollgate/service-kit/clock';
import { readAttribution } from '../policy/attribution.ts';
import type { Route, UpstreamRouter } from '../policy/upstream-route.ts';
import { recogniseApi } from '../providers/recognise-api.ts';
import { readRequestFacts } from '../providers/request-facts.ts';
import type { CreateCallId } from '../telemetry/call-id.ts';
import type { AnswerRelay } from './answer-relay.ts';
import type { CallSink, CallState } from './call-state.ts';
import { refuse } from './refusal.ts';
import { collectBody, hasBody, NO_BODY, type RequestBody, streamBody } from './request-body.ts';
import { sendUpstream } from './send-upstream.ts';
import type { UpstreamPools } from './upstream-pools.ts';

const NO_FACTS = readRequestFacts({
  api: 'unknown',
  provider: '',
  path: '/',
  headers: {},
  body: Buffer.alloc(0),
});

export interface ExchangeOptions {
  readonly route: UpstreamRouter;
  readonly pools: UpstreamPools;
  readonly clock: Clock;
  readonly createCallId: CreateCallId;
  readonly inspectMaxBytes: number;
  readonly drainOnAbort: { readonly maxMs: number; readonly maxBytes: number } | null;
  readonly calls: CallSink;
}

/** Takes one request of a client; `url` is path and query as they came. */
export type Exchange = (request: IncomingMessage, response: ServerResponse, url: string) => void;

export function createExchange(options: ExchangeOptions): Exchange {
  const { clock, calls } = options;
  return (request, response, url) => {
    const arrivedAtMs = clock.monotonicMs();
    const route = options.route(url);
    const call = beginCall(options, { request, route, arrivedAtMs });
    calls.begin(call, request);
    if (route === null) {
      const message = 'Tollgate: no upstream has this name, and no default upstream is configured.';
      const error = { status: 404, reason: 'unknown_upstream', message };
      refuse({ call, response, error, outcome: 'invalid_request', calls, clock });
      return;
    }
    receive(options, { call, request, response, route });
  };
}

function beginCall(
  { clock, createCallId }: ExchangeOptions,
  { request, route, arrivedAtMs }: { request: IncomingMessage; route: Route | null; arrivedAtMs: number },
): CallState {
  const startedAtMicros = clock.nowMicros();
  const provider = route?.upstream.provider ?? '';
  return {
    callId: createCallId(startedAtMicros),
    startedAtMicros,
    arrivedAtMs,
    attribution: readAttribution(request.headers),
    provider,
    upstream: route?.upstream.name ?? '',
    api: recogniseApi({ provider, method: request.method ?? 'GET', path: route?.path ?? '' }),
    trace: null,
    request: NO_FACTS,
    body: null,
    digests: null,
    observer: null,
    dispatchedAtMs: null,
    connectMs: null,
    firstByteAtMs: null,
    ownMs: 0,
    clientBlockedMs: 0,
    status: 0,
    requestBytes: 0,
    responseBytes: 0,
    retries: 0,
  };
}

interface Receiving {
  readonly call: CallState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
}

/** Gets the request's body as far as policies need it, then sends the call upstream. */
function receive(options: ExchangeOptions, { call, request, response, route }: Receiving): void {
  const { pools, clock, calls, drainOnAbort, inspectMaxBytes } = options;
  let relay: AnswerRelay | null = null;
  response.once('close', () => {
    if (relay !== null) relay.clientGone();
    else
      calls.finish(
        call,
        null,
        { outcome: 'client_aborted', endedAtMs: clock.monotonicMs() },
        () => undefined,
      );
  });
  const send = (body: RequestBody): void => {
    if (response.destroyed) return;
    const enteredMs = clock.monotonicMs();
    const pool = pools.of(route.upstream.name);
    relay = sendUpstream({ call, request, response, route, body, pool, clock, calls, drain: drainOnAbort });
    call.ownMs += clock.monotonicMs() - enteredMs;
  };
  const onBytes = (count: number): void => {
    call.requestBytes += count;
  };
  call.ownMs += clock.monotonicMs() - call.arrivedAtMs;
  if (!hasBody(request)) {
    send(NO_BODY);
    return;
  }
  // A client that waits for leave to send its body gets it here, once nothing stands against the call.
  if (request.headers.expect !== undefined) response.writeContinue();
  if (isRead(call)) collectBody({ request, onBytes }, inspectMaxBytes, send);
  else send(streamBody({ request, onBytes }));
}

/** APIs whose requests say something that we record; the others stream through unread. */
function isRead({ api }: CallState): boolean {
  return api !== 'unknown' && !api.endsWith('.other');
}
