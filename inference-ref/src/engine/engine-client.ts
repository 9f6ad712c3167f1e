// The near side of an engine: starts the worker, passes requests and events, and starts a new worker when one dies. What
// ran in a dead worker fails with a clear error; nothing waits for ever.

import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Logger } from '@tollgate/service-kit/logger';
import {
  defineError,
  type TollgateError,
  TollgateError as TollgateErrorClass,
} from '@tollgate/service-kit/tollgate-error';
import { createRetryEstimate } from '../scheduler/retry-estimate.ts';
import type { EngineGauges, GenerationEvent, GenerationRequest, IterationRecord } from './engine-events.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './engine-messages.ts';
import { unpackEvents } from './event-packing.ts';
import { sharedNowMs } from './shared-clock.ts';
import { startWorker } from './start-worker.ts';

export const errEngineDied = defineError('TG_ENGINE_DIED', 500);
export const errEngineBusy = defineError('TG_ENGINE_BUSY', 429);
export const errEngineStopped = defineError('TG_ENGINE_STOPPED', 503);

export type EngineReady = Extract<FromEngine, { type: 'ready' }>;
export type GenerationListener = (event: GenerationEvent) => void;

export interface EngineClient {
  /** Resolves when the model serves; rejects when it cannot be loaded. */
  ready(): Promise<EngineReady>;
  readonly gauges: EngineGauges | null;
  readonly active: number;
  readonly restarts: number;
  /** After how many seconds to ask again, where one request more would find the queue full; else null. */
  readonly fullForSeconds: number | null;
  generate(request: Omit<GenerationRequest, 'id'>, listener: GenerationListener): number;
  cancel(id: number): void;
  embed(tokens: Int32Array): Promise<Float32Array | null>;
  stop(): Promise<void>;
  /** Has the worker end as by a fatal error; the next one starts at once. */
  kill(): void;
}

export interface EngineClientOptions {
  readonly data: EngineWorkerData;
  readonly log: Logger;
  /** `record` is null where something changed outside of a round: a cancellation, a refusal. */
  readonly onRound: (record: IterationRecord | null, gauges: EngineGauges) => void;
}

const LONGEST_BACKOFF_MS = 5_000;
const STOP_PATIENCE_MS = 5_000;

export function createEngineClient({ data, log, onRound }: EngineClientOptions): EngineClient {
  const listeners = new Map<number, GenerationListener>();
  const embeds = new Map<number, (vector: Float32Array | null | TollgateError) => void>();
  let nextId = 1;
  let gauges: EngineGauges | null = null;
  let restarts = 0;
  let quickDeaths = 0;
  let stopped = false;
  let alive = false;
  /** What was asked for between a death and the next start. */
  let unsent: ToEngine[] = [];
  let worker: Worker;
  let ready: PromiseWithResolversLike<EngineReady>;
  let failure: TollgateError | null = null;
  const retry = createRetryEstimate();
  /** From the clock that all threads share to this thread's. */
  const offsetMs = performance.now() - sharedNowMs();
  const { maxBatch, maxQueue } = data.limits;

  const deliver = (event: GenerationEvent) => {
    const listener = listeners.get(event.id);
    if (event.kind === 'finished') retry.ended(performance.now());
    if (event.kind !== 'admitted' && event.kind !== 'token') listeners.delete(event.id);
    listener?.(event.kind === 'admitted' ? { ...event, atMs: event.atMs + offsetMs } : event);
  };
  const failAll = (error: TollgateError) => {
    for (const id of [...listeners.keys()]) deliver({ kind: 'failed', id, message: error.message });
    for (const settle of embeds.values()) settle(error);
    embeds.clear();
  };

  const receive = (message: FromEngine) => {
    if (message.type === 'events') {
      gauges = message.gauges;
      unpackEvents(message.events, deliver);
      onRound(message.record, message.gauges);
    } else if (message.type === 'ready') {
      quickDeaths = 0;
      ready.resolve(message);
    } else if (message.type === 'embedding') {
      embeds.get(message.id)?.(message.vector);
      embeds.delete(message.id);
    } else {
      failure = new TollgateErrorClass(message.code, 500, message.message, { hint: message.hint ?? '' });
    }
  };

  const send = (message: ToEngine) => {
    if (alive) worker.postMessage(message);
    else unsent.push(message);
  };

  const start = () => {
    failure = null;
    ready = withResolvers<EngineReady>();
    ready.promise.catch(() => undefined);
    worker = startWorker(new URL('./engine-worker.ts', import.meta.url), data);
    const current = worker;
    alive = true;
    for (const message of unsent.splice(0)) worker.postMessage(message);
    worker.on('message', receive);
    worker.on('error', (error) => log.error({ exception: error }, 'engine.crashed'));
    worker.on('exit', (code) => {
      if (current === worker) died(code);
    });
  };

  const died = (code: number) => {
    alive = false;
    unsent = [];
    const error =
      failure ??
      errEngineDied(`the model's worker ended unexpectedly (${code})`, { hint: 'send the request again' });
    ready.reject(error);
    failAll(stopped ? errEngineStopped('the server is shutting down') : error);
    if (stopped) return;
    restarts += 1;
    const backoffMs = Math.min(LONGEST_BACKOFF_MS, 2 ** quickDeaths++ * 100 - 100);
    log.error({ code, reason: error.message, backoffMs }, 'engine.died');
    setTimeout(() => !stopped && start(), backoffMs);
  };

  start();

  return {
    ready: async () => await ready.promise,
    get gauges() {
      return gauges;
    },
    get active() {
      return listeners.size;
    },
    get restarts() {
      return restarts;
    },
    get fullForSeconds() {
      return listeners.size < maxBatch + maxQueue ? null : retry.seconds(listeners.size);
    },
    generate(request, listener) {
      const id = nextId++;
      listeners.set(id, listener);
      if (stopped) {
        // The caller does not know its id yet.
        queueMicrotask(() => deliver({ kind: 'failed', id, message: 'the server is shutting down' }));
        return id;
      }
      send({ type: 'generate', request: { ...request, id, arrivedAtMs: request.arrivedAtMs - offsetMs } });
      return id;
    },
    cancel(id) {
      if (listeners.has(id)) send({ type: 'cancel', id });
    },
    async embed(tokens) {
      if (embeds.size >= data.limits.maxQueue)
        throw errEngineBusy('too many embeddings wait', { hint: 'try again' });
      const id = nextId++;
      send({ type: 'embed', id, tokens });
      const result = await new Promise<Float32Array | null | TollgateError>((resolve) =>
        embeds.set(id, resolve),
      );
      if (result instanceof Error) throw result;
      return result;
    },
    async stop() {
      stopped = true;
      if (!alive) return failAll(errEngineStopped('the server is shutting down'));
      const ended = once(worker, 'exit');
      send({ type: 'stop' });
      // A round that never ends cannot be broken off safely: the process's end takes it along.
      await Promise.race([ended, delay(STOP_PATIENCE_MS, undefined, { ref: false })]);
    },
    kill: () => send({ type: 'die' }),
  };
}

interface PromiseWithResolversLike<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers<T>(): PromiseWithResolversLike<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
