// Carries upstream's answer to the client as it comes, with back-pressure both ways, and shows each byte to the observer.
// Only the end of an answer waits: for the call's record to be written.
import type { ServerResponse } from 'node:http';
import { CALL_ID_HEADER } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Dispatcher } from 'undici';
import type { AnswerFacts, AnswerObserver } from '../providers/answer-observer.ts';
import type { Ending } from '../telemetry/finished-call.ts';
import type { CallState } from './call-state.ts';
import { answerHeaders } from './forwarded-headers.ts';

/** Withholds the chunk that only we asked for; null where nothing of a chunk is left. */
export interface ChunkFilter {
  readonly push: (chunk: Buffer) => Buffer | null;
  readonly end: () => Buffer | null;
}

export interface AnswerRelayOptions {
  readonly call: CallState;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly chunkFilter: ChunkFilter | null;
  /** After the client left, upstream is read on within these bounds; null aborts it at once. */
  readonly drain: { readonly maxMs: number; readonly maxBytes: number } | null;
  readonly connectionsMade: () => number;
  readonly observe: (status: number, headers: AnswerHeaderMap) => AnswerObserver;
  /** Upstream failed before the client was sent anything: answers it, and calls nothing here again. */
  readonly fail: (error: unknown) => void;
  /** Records the finished call, then runs `release`, which ends the answer. */
  readonly finish: (facts: AnswerFacts | null, ending: Ending, release: () => void) => void;
  readonly failureOf: (error: unknown) => Pick<Ending, 'outcome' | 'errorType'>;
}

export type AnswerHeaderMap = Readonly<Record<string, string | string[] | undefined>>;

export interface AnswerRelay {
  readonly handler: Dispatcher.DispatchHandler;
  /** The client left. */
  readonly clientGone: () => void;
  readonly abort: (reason: Error) => void;
}

export function createAnswerRelay(options: AnswerRelayOptions): AnswerRelay {
  const { call, response, clock, chunkFilter, drain } = options;
  const connectionsBefore = options.connectionsMade();
  let controller: Dispatcher.DispatchController | null = null;
  let observer: AnswerObserver | null = null;
  let bodyBytes: number | null = null;
  let lastChunk: Buffer | null = null;
  let blockedSinceMs = 0;
  let gone = false;
  let abortReason: Error | null = null;
  let concluded = false;
  let drainTimer: NodeJS.Timeout | null = null;

  const abort = (reason: Error): void => {
    if (concluded || abortReason !== null) return;
    abortReason = reason;
    if (controller === null) failed(reason);
    else controller.abort(reason);
  };

  const onDrain = (): void => {
    call.clientBlockedMs += clock.monotonicMs() - blockedSinceMs;
    controller?.resume();
  };

  const conclude = (cut: boolean, ending: Omit<Ending, 'endedAtMs'>, release: () => void): void => {
    if (concluded) return;
    concluded = true;
    if (drainTimer !== null) clearTimeout(drainTimer);
    const endedAtMs = clock.monotonicMs();
    const settle = (facts: AnswerFacts | null): void =>
      options.finish(facts, { ...ending, endedAtMs }, release);
    const found = observer?.finish(cut ? 'cut' : 'complete') ?? null;
    if (found instanceof Promise) {
      found.then(settle, () => settle(null));
    } else {
      settle(found);
    }
  };

  const failed = (error: unknown): void => {
    if (concluded) return;
    if (gone) {
      conclude(true, { outcome: 'client_aborted' }, () => undefined);
    } else if (response.headersSent) {
      // An answer that has begun can only be cut, as the provider itself would: what came is flushed, the end is missing.
      conclude(true, options.failureOf(error), () => response.socket?.destroySoon());
    } else {
      concluded = true;
      options.fail(error);
    }
  };

  const send = (chunk: Buffer): void => {
    if (gone || response.write(chunk)) return;
    blockedSinceMs = clock.monotonicMs();
    controller?.pause();
    response.once('drain', onDrain);
  };

  /** Headers that came alone must not wait for the first chunk. */
  const flushHeaders = (): void => {
    if (!concluded && !gone && call.responseBytes === 0) response.flushHeaders();
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      controller = started;
      if (abortReason !== null) return started.abort(abortReason);
      const waitedMs = clock.monotonicMs() - (call.dispatchedAtMs ?? 0);
      call.connectMs = options.connectionsMade() === connectionsBefore ? 0 : waitedMs;
    },
    onResponseStart: (started, status, headers, statusMessage) => {
      if (status < 200) return;
      const enteredMs = clock.monotonicMs();
      call.firstByteAtMs ??= enteredMs;
      call.status = status;
      observer = options.observe(status, headers);
      call.observer = observer;
      const raw = Array.isArray(started.rawHeaders) ? started.rawHeaders : [];
      const { forwarded, contentLength } = answerHeaders(raw, chunkFilter !== null);
      bodyBytes = chunkFilter === null ? contentLength : null;
      forwarded.push(CALL_ID_HEADER, call.callId);
      response.sendDate = false;
      response.writeHead(status, statusMessage || undefined, forwarded);
      process.nextTick(flushHeaders);
      call.ownMs += clock.monotonicMs() - enteredMs;
    },
    onResponseData: (_controller, chunk) => {
      const enteredMs = clock.monotonicMs();
      call.responseBytes += chunk.length;
      const out = chunkFilter === null ? chunk : chunkFilter.push(chunk);
      if (bodyBytes !== null && call.responseBytes >= bodyBytes) lastChunk = out;
      else if (out !== null) send(out);
      observer?.onChunk(chunk, enteredMs);
      if (gone && drain !== null && call.responseBytes > drain.maxBytes) abort(new ClientGone());
      call.ownMs += clock.monotonicMs() - enteredMs;
    },
    onResponseEnd: (ended) => {
      const rest = chunkFilter?.end() ?? lastChunk;
      const trailers = ended.rawTrailers;
      conclude(false, gone ? { outcome: 'client_aborted' } : {}, () => {
        if (gone) return;
        if (Array.isArray(trailers) && trailers.length > 0) response.addTrailers(trailerPairs(trailers));
        if (rest === null) response.end();
        else response.end(rest);
      });
    },
    onResponseError: (_controller, error) => failed(abortReason ?? error),
  };

  return {
    handler,
    abort,
    clientGone: () => {
      if (concluded) return;
      gone = true;
      response.off('drain', onDrain);
      if (drain === null || observer === null) {
        abort(new ClientGone());
        return;
      }
      controller?.resume();
      drainTimer = setTimeout(() => abort(new ClientGone()), drain.maxMs);
    },
  };
}

class ClientGone extends Error {
  readonly code = 'TG_CLIENT_GONE';
}

/** Upstream's raw trailers, name and value by turns, as `addTrailers` takes them: repeated names stay repeated. */
function trailerPairs(raw: readonly (Buffer | string)[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    pairs.push([latin1(raw[index]), latin1(raw[index + 1])]);
  }
  return pairs;
}

function latin1(value: Buffer | string | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.toString('latin1');
}
