// The life of an engine's thread as the near side sees it: started, watched, replaced when it dies or hangs, and no longer
// replaced once too many hang. It passes messages and knows none of the requests behind them.

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Logger } from '@tollgate/service-kit/logger';
import { defineError, TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { FromEngine, ToEngine } from './engine-messages.ts';
import { createStallWatch, LOOK_MS } from './stall-watch.ts';
import type { StuckThreads } from './stuck-threads.ts';

export const errEngineDied = defineError('TG_ENGINE_DIED', 500);
export const errEngineHung = defineError('TG_ENGINE_HUNG', 500);
export const errEngineStopped = defineError('TG_ENGINE_STOPPED', 503);

export type EngineReady = Extract<FromEngine, { type: 'ready' }>;

export interface StallLimits {
  /** Silence of a thread that has something to do; 0: never too long. Raised by what rounds of this model take. */
  readonly stallMs: number;
  /** The same while it loads its model. */
  readonly loadStallMs: number;
  readonly stuckThreads: StuckThreads;
  /** A thread reports nothing any more and was left behind. */
  readonly onHung: (error: TollgateError) => void;
}

export interface EngineThreadOptions {
  readonly startThread: () => Worker;
  readonly log: Logger;
  readonly stall: StallLimits;
  /** What it has to do: the most tokens that it feeds in one piece. Null: nothing. */
  readonly work: () => { readonly pieceTokens: number; readonly waitMs: number } | null;
  readonly onMessage: (message: FromEngine) => void;
  /** The thread and all that it was sent are gone. */
  readonly onLost: (error: TollgateError) => void;
  /** One that took the place of a lost thread serves. */
  readonly onReplaced: () => void;
}

export interface EngineThread {
  /** Resolves when the model serves; rejects when it cannot be loaded. */
  ready(): Promise<EngineReady>;
  readonly restarts: number;
  /** Why no thread is started any more: only a new process can help. */
  readonly givenUp: TollgateError | null;
  /** Why it takes no work. */
  readonly refusal: TollgateError | null;
  send(message: ToEngine): void;
  stop(): Promise<void>;
}

const SEND_AGAIN = 'send the request again';
const RESTART = 'restart the server';
const LONGEST_BACKOFF_MS = 5_000;
/** With the grace for open connections less than a service's stop may take. */
const STOP_PATIENCE_MS = 3_000;

export function createEngineThread(options: EngineThreadOptions): EngineThread {
  const { startThread, log, stall, onMessage, onLost } = options;
  const { stuckThreads, stallMs } = stall;
  const loadLimitMs = stall.loadStallMs === 0 ? Number.POSITIVE_INFINITY : stall.loadStallMs;
  const watch = createStallWatch({ stallMs, nowMs: () => performance.now() });
  let restarts = 0;
  let quickDeaths = 0;
  let isLoading = false;
  /** Null between a loss and the next start; what is asked for then waits in `unsent`. */
  let worker: Worker | null = null;
  let unsent: ToEngine[] = [];
  let ready = withResolvers<EngineReady>();
  let failure: TollgateError | null = null;
  let stopped: TollgateError | null = null;
  let givenUp: TollgateError | null = null;

  const receive = (message: FromEngine) => {
    watch.heard(message.type === 'events' ? message.record : null);
    if (message.type === 'load_failed') {
      failure = new TollgateError(message.code, 500, message.message, { hint: message.hint ?? '' });
    } else if (message.type === 'ready') {
      quickDeaths = 0;
      isLoading = false;
      ready.resolve(message);
      if (restarts > 0) options.onReplaced();
    } else {
      onMessage(message);
    }
  };
  const start = () => {
    if (stopped !== null) return;
    ready = withResolvers<EngineReady>();
    if (stuckThreads.isFull) {
      giveUp();
      return;
    }
    failure = null;
    givenUp = null;
    isLoading = true;
    watch.begin();
    const current = startThread();
    worker = current;
    for (const message of unsent.splice(0)) current.postMessage(message);
    // One that was left behind may speak again: nobody listens any more.
    current.on('message', (message: FromEngine) => current === worker && receive(message));
    current.on('error', (error) => log.error({ exception: error }, 'engine.crashed'));
    current.on('exit', (code) => current === worker && died(code));
  };
  const lose = (error: TollgateError) => {
    worker = null;
    unsent = [];
    ready.reject(error);
    onLost(error);
  };
  const restart = () => {
    restarts += 1;
    const backoffMs = Math.min(LONGEST_BACKOFF_MS, 2 ** quickDeaths++ * 100 - 100);
    setTimeout(start, backoffMs);
    return backoffMs;
  };
  const died = (code: number) => {
    const message = `the model's worker ended unexpectedly (${code})`;
    const error = stopped ?? failure ?? errEngineDied(message, { hint: SEND_AGAIN });
    lose(error);
    if (stopped === null) log.error({ code, reason: error.message, backoffMs: restart() }, 'engine.died');
  };
  const hung = (stuck: Worker, limitMs: number) => {
    leaveBehind(stuck);
    const message = `the model's worker reported nothing for ${limitMs / 1000} s while ${isLoading ? 'loading' : 'computing'}`;
    const error = errEngineHung(message, { hint: stuckThreads.isFull ? RESTART : SEND_AGAIN });
    lose(error);
    log.error({ reason: message, stuckThreads: stuckThreads.count, backoffMs: restart() }, 'engine.hung');
    stall.onHung(error);
  };
  const giveUp = () => {
    givenUp = errEngineHung(`${stuckThreads.count} workers hang in the runtime`, { hint: RESTART });
    log.fatal({ reason: givenUp.message, hint: RESTART }, 'engine.given_up');
    lose(givenUp);
  };
  /** It cannot be interrupted. Where its call ever returns, it finds the message and ends. */
  const leaveBehind = (stuck: Worker) => {
    stuck.postMessage({ type: 'stop' } satisfies ToEngine);
    stuckThreads.leaveBehind(stuck);
  };
  const limitNow = () => {
    if (worker === null) return null;
    if (isLoading) return loadLimitMs;
    const work = options.work();
    return work === null ? null : watch.patienceMs(work.pieceTokens) + work.waitMs;
  };
  const look = () => {
    if (givenUp !== null && !stuckThreads.isFull) start();
    const limitMs = limitNow();
    if (watch.look(limitMs) && worker !== null) hung(worker, limitMs ?? 0);
  };

  start();
  const looking = setInterval(look, Math.min(LOOK_MS, loadLimitMs / 4, (stallMs || 4 * LOOK_MS) / 4));
  looking.unref();

  return {
    ready: async () => await ready.promise,
    get restarts() {
      return restarts;
    },
    get givenUp() {
      return givenUp;
    },
    get refusal() {
      return stopped ?? givenUp;
    },
    send(message) {
      if (worker === null) unsent.push(message);
      else worker.postMessage(message);
    },
    async stop() {
      stopped ??= errEngineStopped('the server is shutting down');
      clearInterval(looking);
      const current = worker;
      if (current !== null) {
        const ended = once(current, 'exit').then(() => true);
        current.postMessage({ type: 'stop' } satisfies ToEngine);
        if (await Promise.race([ended, delay(STOP_PATIENCE_MS, false, { ref: false })])) return;
        leaveBehind(current);
      }
      lose(stopped);
    },
  };
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Nobody needs to wait for it. */
function withResolvers<T>(): Resolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
