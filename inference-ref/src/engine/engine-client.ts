// The near side of an engine: passes requests to its thread and events to those who asked. What ran in a thread that was
// lost fails with a clear error; nothing waits for ever.

import type { Worker } from 'node:worker_threads';
import type { Logger } from '@tollgate/service-kit/logger';
import { defineError, type TollgateError } from '@tollgate/service-kit/tollgate-error';
import { createRetryEstimate } from '../scheduler/retry-estimate.ts';
import { createEngineCallers, type GenerationListener } from './engine-callers.ts';
import type { EngineGauges, GenerationEvent, GenerationRequest, IterationRecord } from './engine-events.ts';
import type { EngineWorkerData, FromEngine } from './engine-messages.ts';
import { createEngineThread, type EngineReady, type StallLimits } from './engine-thread.ts';
import { unpackEvents } from './event-packing.ts';
import { sharedNowMs } from './shared-clock.ts';
import { startWorker } from './start-worker.ts';

export const errEngineBusy = defineError('TG_ENGINE_BUSY', 429);
export const errEmbeddingFailed = defineError('TG_EMBEDDING_FAILED', 500);

export interface EngineClient {
  /** Resolves when the model serves; rejects when it cannot be loaded. */
  ready(): Promise<EngineReady>;
  readonly gauges: EngineGauges | null;
  readonly active: number;
  readonly restarts: number;
  /** Why no thread is started any more: only a new process can help. */
  readonly givenUp: TollgateError | null;
  /** Generations that may run and wait at once. */
  readonly capacity: number;
  /** Whether so many more would find a place. */
  hasRoomFor(generations: number): boolean;
  /** For whom the queue is full. */
  readonly retryAfterSeconds: number;
  generate(request: Omit<GenerationRequest, 'id'>, listener: GenerationListener): number;
  cancel(id: number): void;
  /**
   * A vector for each text, null where the model has none. The texts of one call are computed one after the other and wait
   * as one; where the signal is aborted, no further one is begun and its reason is thrown.
   */
  embed(texts: readonly Int32Array[], signal: AbortSignal): Promise<readonly (Float32Array | null)[]>;
  stop(): Promise<void>;
  /** Has the thread end as by a fatal error; the next one starts at once. */
  kill(): void;
}

export interface EngineClientOptions {
  readonly data: EngineWorkerData;
  readonly log: Logger;
  /** `record` is null where something changed outside of a round: a cancellation, a refusal. */
  readonly onRound: (record: IterationRecord | null, gauges: EngineGauges) => void;
  readonly stall: StallLimits;
  /** A thread that took the place of a lost one serves. */
  readonly onReplaced: () => void;
  readonly startThread?: () => Worker;
}

export function createEngineClient(options: EngineClientOptions): EngineClient {
  const { data, log, onRound, stall, onReplaced } = options;
  const { startThread = () => startWorker(new URL('./engine-worker.ts', import.meta.url), data) } = options;
  const { maxBatch, maxQueue, maxWaitMs, chunkTokens } = data.limits;
  const callers = createEngineCallers();
  const retry = createRetryEstimate();
  /** From the clock that all threads share to this thread's. */
  const offsetMs = performance.now() - sharedNowMs();
  /** A batch that waits to be filled is silent as well. */
  const waitMs = data.scheduler === 'dynamic' ? maxWaitMs : 0;
  let gauges: EngineGauges | null = null;

  const deliver = (event: GenerationEvent) => {
    if (event.kind === 'finished') retry.ended(performance.now());
    callers.deliver(event.kind === 'admitted' ? { ...event, atMs: event.atMs + offsetMs } : event);
  };
  const onMessage = (message: FromEngine) => {
    if (message.type === 'events') {
      gauges = message.gauges;
      unpackEvents(message.events, deliver);
      onRound(message.record, message.gauges);
    } else if (message.type === 'embedding') {
      callers.deliverVector(message.id, message.vector);
    } else if (message.type === 'embedding_failed') {
      const hint = 'send it again; where it fails again, send a shorter text';
      callers.deliverVector(message.id, errEmbeddingFailed(message.message, { hint }));
    }
  };
  const work = () => {
    if (callers.generations + callers.embeddings === 0) return null;
    return { pieceTokens: Math.max(chunkTokens, callers.longestTextTokens), waitMs };
  };
  const embedOne = async (tokens: Int32Array) => {
    if (thread.refusal !== null) throw thread.refusal;
    const { id, vector } = callers.awaitVector(tokens.length);
    thread.send({ type: 'embed', id, tokens });
    return await vector;
  };
  const thread = createEngineThread({
    startThread,
    log,
    stall,
    work,
    onMessage,
    onReplaced,
    onLost: (error) => callers.failAll(error),
  });

  return {
    ready: thread.ready,
    get gauges() {
      return gauges;
    },
    get active() {
      return callers.generations;
    },
    get restarts() {
      return thread.restarts;
    },
    get givenUp() {
      return thread.givenUp;
    },
    capacity: maxBatch + maxQueue,
    hasRoomFor: (generations) => callers.generations + generations <= maxBatch + maxQueue,
    get retryAfterSeconds() {
      return retry.seconds(callers.generations);
    },
    generate(request, listener) {
      const id = callers.listen(listener);
      const error = thread.refusal;
      if (error === null) {
        const arrivedAtMs = request.arrivedAtMs - offsetMs;
        thread.send({ type: 'generate', request: { ...request, id, arrivedAtMs } });
      } else {
        // The caller does not know its id yet.
        queueMicrotask(() => deliver({ kind: 'failed', id, message: error.message, error }));
      }
      return id;
    },
    cancel(id) {
      if (callers.isListening(id)) thread.send({ type: 'cancel', id });
    },
    async embed(texts, signal) {
      // One is being computed, the others wait.
      if (callers.embeddings > maxQueue) {
        throw errEngineBusy('too many embeddings wait', { hint: 'try again' });
      }
      const vectors: (Float32Array | null)[] = [];
      for (const text of texts) {
        signal.throwIfAborted();
        vectors.push(await embedOne(text));
      }
      return vectors;
    },
    stop: thread.stop,
    kill: () => thread.send({ type: 'die' }),
  };
}
