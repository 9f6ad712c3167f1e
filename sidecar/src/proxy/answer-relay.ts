// Carries upstream's answer to the client as it comes, with back-pressure both ways, and shows each byte to the observer.
// Only the end of an answer waits: for the call's record to be written. State in one object, functions beside it:
// closures made for each call were dear (decision 008).
import type { ServerResponse } from 'node:http';
import { CALL_ID_HEADER } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Dispatcher } from 'undici';
import { createAnswerObserver } from '../providers/create-answer-observer.ts';
import type { Ending } from '../telemetry/finished-call.ts';
import type { CallSink, CallState } from './call-state.ts';
import { type GatheredChunks, writeChunks } from './chunk-frame.ts';
import { answerHeaders, trailerPairs } from './forwarded-headers.ts';
import { refuse } from './refusal.ts';
import { ClientGone, describeFailure, TotalTimeout } from './upstream-failure.ts';
import type { UpstreamPool } from './upstream-pools.ts';

/** Withholds the chunk that only we asked for; null where nothing of a chunk is left. */
export interface ChunkFilter {
  readonly push: (chunk: Buffer) => Buffer | null;
  readonly end: () => Buffer | null;
}

export interface AnswerRelayOptions {
  readonly call: CallState;
  readonly response: ServerResponse;
  readonly pool: UpstreamPool;
  readonly clock: Clock;
  readonly calls: CallSink;
  readonly chunkFilter: ChunkFilter | null;
  /** After the client left, upstream is read on within these bounds; null aborts it at once. */
  readonly drain: DrainBounds | null;
  /** Where upstream refuses what we added to a request, drops that answer and sends the request as it came. */
  readonly resend: (() => void) | null;
  /** Called when upstream takes the request. */
  readonly onTaken: (() => void) | null;
}

export interface DrainBounds {
  readonly maxMs: number;
  readonly maxBytes: number;
}

/** The handler of one dispatch, with all that it knows. */
export interface AnswerRelay extends Dispatcher.DispatchHandler, AnswerRelayOptions {
  readonly connectionsBefore: number;
  /** Sets upstream's connection to rest; null before there is one. */
  abortUpstream: ((reason: Error) => void) | null;
  resumeUpstream: (() => void) | null;
  paused: boolean;
  /** What came in this turn of the event loop and is written at its end; null where nothing waits. */
  gathered: GatheredChunks | null;
  /** Declared length of a body that passes unchanged; null where it is unknown. */
  bodyBytes: number | null;
  lastChunk: Buffer | null;
  blockedSinceMs: number;
  clientLeft: boolean;
  abortReason: Error | null;
  concluded: boolean;
  drainTimer: NodeJS.Timeout | null;
  totalTimer: NodeJS.Timeout | null;
}

const REFUSED_STATUSES: ReadonlySet<number> = new Set([400, 422]);

export function createAnswerRelay(options: AnswerRelayOptions): AnswerRelay {
  const { call, pool, clock } = options;
  const relay: AnswerRelay = {
    call,
    response: options.response,
    pool,
    clock,
    calls: options.calls,
    chunkFilter: options.chunkFilter,
    drain: options.drain,
    resend: options.resend,
    onTaken: options.onTaken,
    connectionsBefore: pool.connectionsMade(),
    abortUpstream: null,
    resumeUpstream: null,
    paused: false,
    gathered: null,
    bodyBytes: null,
    lastChunk: null,
    blockedSinceMs: 0,
    clientLeft: false,
    abortReason: null,
    concluded: false,
    drainTimer: null,
    totalTimer: null,
    onConnect,
    onHeaders,
    onData,
    onComplete,
    onError,
  };
  if (pool.totalTimeoutMs > 0) {
    const leftMs = pool.totalTimeoutMs - (clock.monotonicMs() - call.arrivedAtMs);
    relay.totalTimer = setTimeout(abortRelay, Math.max(0, leftMs), relay, new TotalTimeout());
  }
  return relay;
}

/** The client left: upstream is told at once, or, if it has the request, read on within the bounds. */
export function clientLeft(relay: AnswerRelay): void {
  if (relay.concluded) return;
  relay.clientLeft = true;
  if (relay.drain === null || relay.abortUpstream === null) {
    abortRelay(relay, new ClientGone());
    return;
  }
  resume(relay);
  relay.drainTimer = setTimeout(abortRelay, relay.drain.maxMs, relay, new ClientGone());
}

export function abortRelay(relay: AnswerRelay, reason: Error): void {
  if (relay.concluded || relay.abortReason !== null) return;
  relay.abortReason = reason;
  if (relay.abortUpstream === null) fail(relay, reason);
  else relay.abortUpstream(reason);
}

function onConnect(this: AnswerRelay, abort: (reason?: Error) => void): void {
  const { call, pool, clock } = this;
  this.abortUpstream = abort;
  if (this.abortReason !== null) {
    abort(this.abortReason);
    return;
  }
  const waitedMs = clock.monotonicMs() - (call.dispatchedAtMs ?? 0);
  call.connectMs = pool.connectionsMade() === this.connectionsBefore ? 0 : waitedMs;
}

function onHeaders(
  this: AnswerRelay,
  status: number,
  rawHeaders: Buffer[],
  resumeUpstream: () => void,
  statusMessage: string,
): boolean {
  if (status < 200) return true;
  const { call, response, clock, chunkFilter } = this;
  const enteredMs = clock.monotonicMs();
  if (this.resend !== null && !this.clientLeft && REFUSED_STATUSES.has(status)) {
    this.concluded = true;
    clearTimers(this);
    this.abortUpstream?.(new ClientGone());
    this.resend();
    return false;
  }
  if (status < 400) this.onTaken?.();
  this.resumeUpstream = resumeUpstream;
  call.firstByteAtMs ??= enteredMs;
  const { forwarded, contentLength, read } = answerHeaders(rawHeaders, chunkFilter !== null);
  call.observer = createAnswerObserver({
    request: call.request,
    provider: call.provider,
    status,
    headers: read,
  });
  if (chunkFilter === null) this.bodyBytes = contentLength;
  call.status = status;
  if (!this.clientLeft) {
    forwarded.push(CALL_ID_HEADER, call.callId);
    response.sendDate = false;
    response.writeHead(status, statusMessage || undefined, forwarded);
    process.nextTick(flushHeaders, this);
  }
  call.ownMs += clock.monotonicMs() - enteredMs;
  return true;
}

/** Headers that came alone must not wait for the first chunk. */
function flushHeaders({ call, response, concluded, clientLeft: left }: AnswerRelay): void {
  if (!concluded && !left && call.responseBytes === 0) response.flushHeaders();
}

function onData(this: AnswerRelay, chunk: Buffer): boolean {
  const { call, clock, chunkFilter, drain } = this;
  const enteredMs = clock.monotonicMs();
  call.responseBytes += chunk.length;
  const out = chunkFilter === null ? chunk : chunkFilter.push(chunk);
  if (this.bodyBytes !== null && call.responseBytes >= this.bodyBytes) this.lastChunk = out;
  else if (out !== null) sendChunk(this, out);
  call.observer?.onChunk(chunk, enteredMs);
  if (this.clientLeft && drain !== null && call.responseBytes > drain.maxBytes) {
    abortRelay(this, new ClientGone());
  }
  call.ownMs += clock.monotonicMs() - enteredMs;
  return !this.paused;
}

function sendChunk(relay: AnswerRelay, chunk: Buffer): void {
  const { response, gathered } = relay;
  if (relay.clientLeft || chunk.length === 0) return;
  if (!response.chunkedEncoding) {
    if (!response.write(chunk)) waitForClient(relay);
  } else if (gathered === null) {
    relay.gathered = { first: chunk, rest: null };
    process.nextTick(flushChunks, relay);
  } else if (gathered.rest === null) gathered.rest = [chunk];
  else gathered.rest.push(chunk);
}

function flushChunks(relay: AnswerRelay): void {
  const { response, gathered, clientLeft: left } = relay;
  relay.gathered = null;
  if (gathered === null || left || response.destroyed) return;
  if (!writeChunks(response, gathered)) waitForClient(relay);
}

/** The socket tells when it is empty again, whoever wrote to it. */
function waitForClient(relay: AnswerRelay): void {
  const { response, clock } = relay;
  if (relay.paused) return;
  relay.blockedSinceMs = clock.monotonicMs();
  relay.paused = true;
  (response.socket ?? response).once('drain', () => {
    relay.call.clientBlockedMs += clock.monotonicMs() - relay.blockedSinceMs;
    resume(relay);
  });
}

function resume(relay: AnswerRelay): void {
  if (!relay.paused) return;
  relay.paused = false;
  relay.resumeUpstream?.();
}

function onComplete(this: AnswerRelay, rawTrailers: readonly (string | Buffer)[] | null): void {
  const { chunkFilter, response } = this;
  const rest = chunkFilter?.end() ?? this.lastChunk;
  const trailers = trailerPairs(rawTrailers);
  concludeRelay(this, 'complete', this.clientLeft ? { outcome: 'client_aborted' } : {}, () => {
    flushChunks(this);
    if (response.destroyed) return;
    if (trailers.length > 0) response.addTrailers(trailers);
    if (rest === null) response.end();
    else response.end(rest);
  });
}

function onError(this: AnswerRelay, error: Error): void {
  fail(this, this.abortReason ?? error);
}

function fail(relay: AnswerRelay, error: unknown): void {
  if (relay.concluded) return;
  const { call, response, calls, clock } = relay;
  if (relay.clientLeft) {
    concludeRelay(relay, 'cut', { outcome: 'client_aborted' }, nothing);
    return;
  }
  const failure = describeFailure(error, call.upstream);
  if (response.headersSent) {
    // An answer that has begun can only be cut, as the provider itself would: what came is flushed, the end is missing.
    const ending = { outcome: failure.outcome, errorType: failure.reason };
    concludeRelay(relay, 'cut', ending, () => {
      flushChunks(relay);
      // node:http may hold chunks until the end of a turn.
      setImmediate(cutConnection, response);
    });
    return;
  }
  relay.concluded = true;
  clearTimers(relay);
  refuse({ call, response, error: failure, outcome: failure.outcome, calls, clock });
}

function cutConnection({ socket }: ServerResponse): void {
  socket?.destroySoon();
}

export function concludeRelay(
  relay: AnswerRelay,
  answer: 'complete' | 'cut',
  ending: Omit<Ending, 'endedAtMs'>,
  release: () => void,
): void {
  if (relay.concluded) return;
  relay.concluded = true;
  clearTimers(relay);
  const { call, calls, clock } = relay;
  calls.finish(call, { answer, ending: { ...ending, endedAtMs: clock.monotonicMs() }, release });
}

function clearTimers({ drainTimer, totalTimer }: AnswerRelay): void {
  if (drainTimer !== null) clearTimeout(drainTimer);
  if (totalTimer !== null) clearTimeout(totalTimer);
}

function nothing(): void {}
