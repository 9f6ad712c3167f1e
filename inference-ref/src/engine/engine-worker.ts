// The thread that owns a model: session, cache, queue and generation loop. The runtime computes on the calling thread,
// so nothing that must answer quickly may live here.

import { readFileSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import { createConstraintFactory } from '../grammar/token-constraint.ts';
import { readTokenBytes } from '../model/token-bytes.ts';
import { createBatchPolicy } from '../scheduler/batch-policy.ts';
import { createRequestQueue } from '../scheduler/request-queue.ts';
import type { DecoderLimits } from './decoder.ts';
import { createEmbeddingQueue } from './embedding-queue.ts';
import type { GenerationRequest } from './engine-events.ts';
import type { EngineWorkerData, FromEngine, ToEngine } from './engine-messages.ts';
import { packEvents } from './event-packing.ts';
import { createGenerationLoop } from './generation-loop.ts';
import { openDecoder } from './open-decoder.ts';
import { createPrefixCache } from './prefix-cache.ts';
import { createSequence, type Sequence } from './sequence.ts';
import { sharedNowMs } from './shared-clock.ts';
import { warmUp } from './warm-up.ts';

/** So many failed rounds in a row end the thread; its client starts a new one. */
const FAILURES_ALLOWED = 3;

if (parentPort === null) throw new Error('engine-worker runs as a worker thread');
const port = parentPort;
const post = (message: FromEngine) => port.postMessage(message);
const data = workerData as EngineWorkerData;

async function load() {
  const startedAt = performance.now();
  const { modelFile, device, threads, contextTokens, endTokenIds, limits, scheduler } = data;
  const { decoder, io, ...chosen } = await openDecoder({ modelFile, device, threads, contextTokens });
  const tokenBytes = readTokenBytes(JSON.parse(readFileSync(data.tokenizerFile, 'utf8')));
  const queue = createRequestQueue<Sequence>({ capacity: limits.maxQueue, ageingMs: limits.ageingMs });
  const { prefixBlockTokens: blockTokens, prefixCacheBytes: maxBytes } = limits;
  const loop = createGenerationLoop({
    decoder,
    queue,
    endTokenIds,
    nowMs: sharedNowMs,
    chunkTokens: limits.chunkTokens,
    draftTokens: limits.draftTokens,
    policy: createBatchPolicy({ scheduler, maxBatch: limits.maxBatch, maxWaitMs: limits.maxWaitMs }),
    prefixCache: createPrefixCache({ blockTokens, maxBytes }),
    kvBudgetTokens: limits.kvBudgetTokens ?? defaultBudget(decoder.limits),
    emit(events, record) {
      post({ type: 'events', events: packEvents(events), record, gauges: loop.gauges });
    },
  });
  await warmUp(decoder, endTokenIds[0] ?? 0);
  post({
    type: 'ready',
    ...chosen,
    canEmbed: io.hiddenSize !== null,
    vocabSize: io.vocabSize,
    loadMs: performance.now() - startedAt,
  });
  return {
    decoder,
    queue,
    loop,
    createConstraint: createConstraintFactory(tokenBytes, endTokenIds),
    tokenBytes,
  };
}

const DEFAULT_CACHE_BYTES = 1024 ** 3;

/** A sequence that runs alone may exceed it: the budget bounds company, not length. */
function defaultBudget({ kvBytesPerToken, contextTokens }: DecoderLimits): number {
  return Math.min(data.limits.maxBatch * contextTokens, Math.floor(DEFAULT_CACHE_BYTES / kvBytesPerToken));
}

type Engine = Awaited<ReturnType<typeof load>>;

async function serve({ decoder, queue, loop, createConstraint, tokenBytes }: Engine): Promise<void> {
  const texts = createEmbeddingQueue(decoder);
  let stopping = false;
  let dying = false;
  let wake: () => void = () => undefined;

  const enqueue = (request: GenerationRequest) => {
    const { grammar } = request.params;
    const json = grammar === null ? null : createConstraint(grammar);
    const freshSeed = Math.floor(Math.random() * 2 ** 32);
    const { contextTokens, endTokenIds } = data;
    const sequence = createSequence({ request, contextTokens, endTokenIds, tokenBytes, json, freshSeed });
    if (queue.push(sequence)) return;
    const events = [{ kind: 'rejected' as const, id: request.id }];
    post({ type: 'events', events, record: null, gauges: loop.gauges });
  };
  /** One request that cannot be begun is no reason to end the others. */
  const enqueueOrFail = (request: GenerationRequest) => {
    try {
      enqueue(request);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const events = [{ kind: 'failed' as const, id: request.id, message }];
      post({ type: 'events', events, record: null, gauges: loop.gauges });
    }
  };
  const receive = (message: ToEngine) => {
    if (message.type === 'generate') enqueueOrFail(message.request);
    else if (message.type === 'cancel') loop.cancel(message.id);
    else if (message.type === 'embed') texts.push(message);
    else if (message.type === 'die') dying = true;
    else stopping = true;
    wake();
  };
  port.on('message', receive);
  // Rounds follow each other without a turn of the event loop, which would cost more than it brings.
  const receiveWaiting = () => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      receive(next.message);
    }
  };
  const nextMessage = async (waitMs: number | undefined) =>
    await new Promise<void>((resolve) => {
      const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  let failures = 0;
  while (!stopping) {
    receiveWaiting();
    if (dying) throw new Error('the worker was told to die');
    const embedding = await texts.next();
    if (embedding !== undefined) post(embedding);
    let worked: boolean;
    try {
      worked = await loop.iterate();
      failures = 0;
    } catch (error) {
      failures += 1;
      loop.fail(error instanceof Error ? error.message : String(error));
      if (failures >= FAILURES_ALLOWED) throw error;
      continue;
    }
    if (!worked && texts.length === 0 && !stopping && !dying) await nextMessage(loop.waitMs());
  }
  await decoder.release();
  port.close();
}

try {
  await serve(await load());
} catch (error) {
  const code = isTollgateError(error) ? error.code : 'TG_ENGINE_FAILED';
  const hint = isTollgateError(error) ? error.hint : undefined;
  post({ type: 'load_failed', code, message: error instanceof Error ? error.message : String(error), hint });
  process.exitCode = 1;
  port.close();
}
