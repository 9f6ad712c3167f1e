// One call from its first byte on: attribute, route, read as much of the request as policies need, send it upstream.
// The policies to come stand between attribution and sending, in the order authenticate, limit, budget, filter, cache.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@tollgate/service-kit/clock';
import { readAttribution } from '../policy/attribution.ts';
import { isForeignPage } from '../policy/foreign-page.ts';
import { keyInjection } from '../policy/upstream-key.ts';
import type { Route, UpstreamRouter } from '../policy/upstream-route.ts';
import { recogniseApi } from '../providers/recognise-api.ts';
import { readRequestFacts } from '../providers/request-facts.ts';
import type { CreateCallId } from '../telemetry/call-id.ts';
import { type AnswerRelay, clientLeft, type DrainBounds } from './answer-relay.ts';
import type { CallSink, CallState } from './call-state.ts';
import { refuse } from './refusal.ts';
import { collectBody, hasBody, NO_BODY, type RequestBody, streamBody } from './request-body.ts';
import { sendUpstream } from './send-upstream.ts';
import type { UpstreamPools } from './upstream-pools.ts';
import type { ClientTunnel } from './web-socket.ts';

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
  readonly drainOnAbort: DrainBounds | null;
  /** Of web pages that may use our own keys. */
  readonly allowedOrigins: readonly string[];
  readonly calls: CallSink;
}

export interface ClientRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path and query as they came. */
  readonly url: string;
  /** The client's socket, where it asks for a WebSocket. */
  readonly tunnel: ClientTunnel | null;
}

/** Takes one request of a client. */
export type Exchange = (client: ClientRequest) => void;

export function createExchange(options: ExchangeOptions): Exchange {
  const { clock, calls } = options;
  return ({ request, response, url, tunnel }) => {
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
    if (isForeignPage(request.headers, options.allowedOrigins) && spendsOurKey(route, request)) {
      refuse({ call, response, error: FOREIGN_PAGE, outcome: 'invalid_request', calls, clock });
      return;
    }
    receive(options, { call, request, response, route, tunnel, relay: null });
  };
}

const FOREIGN_PAGE = {
  status: 403,
  reason: 'foreign_page',
  message: 'Tollgate: a web page may not use this upstream’s key. Name its origin in sidecar.allowedOrigins.',
};

/** A preflight spends nothing, and comes without the key that the page may have. */
function spendsOurKey({ upstream }: Route, { method, headers }: IncomingMessage): boolean {
  return method !== 'OPTIONS' && keyInjection(upstream, headers) !== null;
}

function beginCall(
  { clock, createCallId }: ExchangeOptions,
  { request, route, arrivedAtMs }: { request: IncomingMessage; route: Route | null; arrivedAtMs: number },
): CallState {
  const startedAtMicros = clock.nowMicros();
  const provider = route?.upstream.provider ?? '';
  const method = request.method ?? 'GET';
  return {
    callId: createCallId(startedAtMicros),
    startedAtMicros,
    arrivedAtMs,
    attribution: readAttribution(request.headers),
    provider,
    upstream: route?.upstream.name ?? '',
    api: recogniseApi({ provider, method, path: route?.path ?? '' }),
    method,
    trace: null,
    span: null,
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
  readonly tunnel: ClientTunnel | null;
  relay: AnswerRelay | null;
}

/** Gets the request's body as far as policies need it, then sends the call upstream. */
function receive(options: ExchangeOptions, receiving: Receiving): void {
  const { call, request, response } = receiving;
  response.once('close', () => {
    if (receiving.relay !== null) clientLeft(receiving.relay);
    else leaveEarly(options, call);
  });
  call.ownMs += options.clock.monotonicMs() - call.arrivedAtMs;
  if (!hasBody(request)) {
    send(options, receiving, NO_BODY);
    return;
  }
  // A client that waits for leave to send its body gets it here, once nothing stands against the call.
  if (request.headers.expect !== undefined) response.writeContinue();
  if (isRead(call))
    collectBody(request, call, options.inspectMaxBytes, (body) => send(options, receiving, body));
  else send(options, receiving, streamBody(request, call));
}

function send(options: ExchangeOptions, receiving: Receiving, body: RequestBody): void {
  const { call, request, response, route, tunnel } = receiving;
  const { pools, clock, calls, drainOnAbort } = options;
  if (response.destroyed) return;
  const enteredMs = clock.monotonicMs();
  sendUpstream({
    call,
    request,
    response,
    route,
    body,
    tunnel,
    pool: pools.of(route.upstream.name),
    clock,
    calls,
    drain: drainOnAbort,
    onRelay(relay) {
      receiving.relay = relay;
    },
  });
  call.ownMs += clock.monotonicMs() - enteredMs;
}

/** The client left before its request was whole. */
function leaveEarly({ calls, clock }: ExchangeOptions, call: CallState): void {
  const ending = { outcome: 'client_aborted', endedAtMs: clock.monotonicMs() } as const;
  calls.finish(call, { answer: 'cut', ending, release: nothing });
}

/** APIs whose requests say something that we record; the others stream through unread. */
function isRead({ api }: CallState): boolean {
  return api !== 'unknown' && !api.endsWith('.other');
}

function nothing(): void {}
