// Random mixes of requests run through the reference server's generation loop, and the same requests run one at a time
// through a bare session that knows no slab, no batch and no cache. What both say must be equal.

import { createGenerationLoop } from '@tollgate/inference-ref/engine/generation-loop';
import type { Device } from '@tollgate/inference-ref/engine/onnx-session';
import { openDecoder } from '@tollgate/inference-ref/engine/open-decoder';
import { createPrefixCache } from '@tollgate/inference-ref/engine/prefix-cache';
import { createSequence, type Sequence } from '@tollgate/inference-ref/engine/sequence';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { greedyParams } from '@tollgate/inference-ref/sampling/generation-params';
import { createRandomNumbers, type RandomNumbers } from '@tollgate/inference-ref/sampling/random-numbers';
import { createBatchPolicy } from '@tollgate/inference-ref/scheduler/batch-policy';
import { createRequestQueue } from '@tollgate/inference-ref/scheduler/request-queue';
import { InferenceSession, Tensor } from 'onnxruntime-node';

interface MixOptions {
  readonly seed: number;
  readonly prefixCache: boolean;
  readonly chunked: boolean;
  readonly draftTokens: number;
}

interface PlannedRequest {
  readonly prompt: Int32Array;
  readonly maxTokens: number;
  readonly arrivesInRound: number;
  readonly cancelledInRound: number | null;
}

interface MixResult {
  readonly compared: number;
  readonly tokens: number;
  readonly cancelled: number;
  readonly preemptions: number;
  readonly hitTokens: number;
  readonly acceptedDrafts: number;
  readonly largestBatch: number;
  readonly differences: readonly string[];
}

export interface MixBench {
  run(options: MixOptions): Promise<MixResult>;
  close(): Promise<void>;
}

const NO_BYTES = { bytes: new Uint8Array(0), offsets: new Uint32Array(1), longestBytes: 1 };

export async function createMixBench(modelDirectory: string, device: Device = 'cpu'): Promise<MixBench> {
  const { modelFile, contextTokens, endTokenIds } = readModelDirectory(modelDirectory);
  const bare = await InferenceSession.create(modelFile, { intraOpNumThreads: 1 });
  // One for all mixes: what earlier ones left in the slab must not matter.
  const { decoder, io } = await openDecoder({ modelFile, device, threads: 2, contextTokens });
  const reference = createReference(bare, endTokenIds);

  const run = async (options: MixOptions): Promise<MixResult> => {
    const random = createRandomNumbers(options.seed);
    const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
    const requests = planRequests(random, { options, vocabSize: io.vocabSize });
    const queue = createRequestQueue<Sequence>({ capacity: 1000, ageingMs: 10_000 });
    const outputs = new Map<number, number[]>();
    const ended = new Map<number, string>();
    const seen = { preemptions: 0, largestBatch: 0 };
    const largest = Math.max(...requests.map(({ prompt, maxTokens }) => prompt.length + maxTokens));
    const loop = createGenerationLoop({
      decoder,
      queue,
      policy: createBatchPolicy({ scheduler: 'continuous', maxBatch: whole(1, 8), maxWaitMs: 0 }),
      prefixCache: createPrefixCache({ blockTokens: 16, maxBytes: options.prefixCache ? 32e6 : 0 }),
      endTokenIds,
      kvBudgetTokens: largest + 1 + whole(0, 600),
      chunkTokens: options.chunked ? whole(5, 80) : 4096,
      draftTokens: options.draftTokens,
      nowMs: () => performance.now(),
      emit: (events, record) => {
        for (const event of events) {
          if (event.kind === 'token') outputs.get(event.id)?.push(event.token.tokenId);
          if (event.kind === 'finished') ended.set(event.id, event.reason);
        }
        seen.preemptions += record?.preemptedIds.length ?? 0;
        seen.largestBatch = Math.max(seen.largestBatch, record?.decodeIds.length ?? 0);
      },
    });
    for (let round = 0; ended.size < requests.length; round++) {
      requests.forEach((request, id) => {
        if (request.arrivesInRound === round) {
          outputs.set(id, []);
          queue.push(sequenceOf(request, { id, round, contextTokens, endTokenIds }));
        }
        if (request.cancelledInRound === round) loop.cancel(id);
      });
      await loop.iterate();
      if (round > 20_000) throw new Error(`seed ${options.seed}: the loop does not end`);
    }
    return await compare(requests, { outputs, ended, reference, gauges: loop.gauges, seen });
  };

  return {
    run,
    async close() {
      await decoder.release();
      await bare.release();
    },
  };
}

function planRequests(
  random: RandomNumbers,
  { options, vocabSize }: { options: MixOptions; vocabSize: number },
): PlannedRequest[] {
  const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const tokens = (count: number) => Array.from({ length: count }, () => whole(6, vocabSize - 1));
  const shared = [tokens(whole(10, 120)), tokens(whole(10, 60))];
  return Array.from({ length: whole(2, 9) }, () => {
    const beginning = random() < 0.5 ? (shared[whole(0, 1)] ?? []) : [];
    // A text that repeats itself gives the guesser something to guess.
    const own =
      random() < 0.3
        ? Array.from({ length: 3 }, () => tokens(4)).flatMap((t) => [...t, ...t])
        : tokens(whole(1, 90));
    const arrivesInRound = whole(0, 10);
    const cancels = random() < 0.15;
    return {
      prompt: Int32Array.from([0, ...beginning, ...own]),
      maxTokens: options.draftTokens > 0 ? whole(20, 60) : whole(1, 40),
      arrivesInRound,
      cancelledInRound: cancels ? arrivesInRound + whole(0, 25) : null,
    };
  });
}

interface SequenceSettings {
  readonly id: number;
  readonly round: number;
  readonly contextTokens: number;
  readonly endTokenIds: readonly number[];
}

function sequenceOf(
  request: PlannedRequest,
  { id, round, contextTokens, endTokenIds }: SequenceSettings,
): Sequence {
  const params = { ...greedyParams, maxTokens: request.maxTokens };
  return createSequence({
    request: {
      ...{ id, promptTokens: request.prompt, params, priority: id % 3, tenant: `tenant-${id % 2}` },
      ...{ cacheSalt: '', arrivedAtMs: round },
    },
    ...{ contextTokens, endTokenIds, tokenBytes: NO_BYTES, json: null, freshSeed: 1 },
  });
}

type Reference = (prompt: Int32Array, maxTokens: number) => Promise<number[]>;

/** One sequence, the whole prompt at once, the cache as the graph hands it out. */
function createReference(session: InferenceSession, endTokenIds: readonly number[]): Reference {
  const int64 = (values: readonly number[], dims: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), dims);
  const pasts = session.inputNames.filter((name) => name.startsWith('past_key_values.'));
  const first = session.inputMetadata.find(({ name }) => name === pasts[0]);
  const [, heads, , size] = first?.isTensor === true ? first.shape.map(Number) : [];
  return async (prompt, maxTokens) => {
    const output: number[] = [];
    let cache: Record<string, Tensor> = Object.fromEntries(
      pasts.map((name) => [name, new Tensor('float32', new Float32Array(0), [1, heads ?? 0, 0, size ?? 0])]),
    );
    let feed = [...prompt];
    let length = 0;
    while (output.length < maxTokens) {
      length += feed.length;
      const feeds: Record<string, Tensor> = {
        ...cache,
        input_ids: int64(feed, [1, feed.length]),
        attention_mask: int64(new Array<number>(length).fill(1), [1, length]),
      };
      if (session.inputNames.includes('num_logits_to_keep')) feeds['num_logits_to_keep'] = int64([1], []);
      const results = await session.run(feeds);
      const logits = results['logits'] as Tensor;
      const vocabSize = logits.dims.at(-1) ?? 0;
      const last = (logits.data as Float32Array).subarray(-vocabSize);
      let best = 0;
      for (let id = 1; id < vocabSize; id++) if ((last[id] ?? 0) > (last[best] ?? 0)) best = id;
      output.push(best);
      if (endTokenIds.includes(best)) break;
      cache = Object.fromEntries(
        pasts.map((name) => [name, results[name.replace('past_key_values', 'present')] as Tensor]),
      );
      feed = [best];
    }
    return output;
  };
}

interface Outcome {
  readonly outputs: ReadonlyMap<number, readonly number[]>;
  readonly ended: ReadonlyMap<number, string>;
  readonly reference: Reference;
  readonly gauges: {
    readonly prefixHitTokens: number;
    readonly acceptedDraftTokens: number;
    readonly running: number;
  };
  readonly seen: { readonly preemptions: number; readonly largestBatch: number };
}

async function compare(requests: readonly PlannedRequest[], outcome: Outcome): Promise<MixResult> {
  const differences: string[] = [];
  let tokens = 0;
  let cancelled = 0;
  for (const [id, { prompt, maxTokens }] of requests.entries()) {
    const got = outcome.outputs.get(id) ?? [];
    const wasCancelled = outcome.ended.get(id) === 'cancelled';
    if (wasCancelled) cancelled += 1;
    const expected = await outcome.reference(prompt, wasCancelled ? got.length : maxTokens);
    tokens += got.length;
    if (got.join() !== expected.join()) {
      const at = got.findIndex((token, index) => token !== expected[index]);
      differences.push(
        `request ${id} (prompt ${prompt.length}) at token ${at}: ${got[at]} for ${expected[at]}`,
      );
    }
  }
  const { preemptions, largestBatch } = outcome.seen;
  const { prefixHitTokens: hitTokens, acceptedDraftTokens: acceptedDrafts } = outcome.gauges;
  return {
    compared: requests.length,
    tokens,
    cancelled,
    preemptions,
    hitTokens,
    acceptedDrafts,
    largestBatch,
    differences,
  };
}
