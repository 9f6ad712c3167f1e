// A decoder on an onnxruntime session with the cache in a slab on the CPU. One call at a time: the runtime computes on
// the calling thread, so this lives in a worker.

import { type InferenceSession, Tensor } from 'onnxruntime-node';
import type { Decoder } from './decoder.ts';
import { type DecoderGraphIo, LOGITS_TO_KEEP } from './decoder-graph-io.ts';
import { cacheBlockOf, createKvSlab, type KvSlab, kvBytesPerToken } from './kv-slab.ts';
import { meanOfRows } from './mean-of-rows.ts';
import { sizeToFit, tightCapacity } from './slab-size.ts';
import {
  type Feeds,
  floatsOf,
  kvNumbers,
  kvTensor,
  lastLogits,
  logitsToKeep,
  promptFeeds,
} from './tensor-feeds.ts';

export interface OnnxDecoderOptions {
  readonly session: InferenceSession;
  readonly io: DecoderGraphIo;
  readonly contextTokens: number;
}

interface Call {
  readonly batch: number;
  readonly fed: number;
  readonly feeds: Feeds;
  readonly pasts: readonly Tensor[];
  readonly logitCount: number;
}

export function createOnnxDecoder(options: OnnxDecoderOptions): Decoder {
  const { session, io, contextTokens } = options;
  const slab = createKvSlab(io.kv);
  const bytesPerToken = kvBytesPerToken(io.kv);
  const batchFeeds = createBatchFeeds(slab, io);
  const run = async (call: Call) => await session.run(call.feeds, fetchesOf(io, call));

  const decoder: Decoder = {
    limits: { vocabSize: io.vocabSize, contextTokens, kvBytesPerToken: bytesPerToken },
    use: slab,
    fit(wantedLengths, kept) {
      const size = sizeToFit(slab, {
        wantedLengths,
        contextTokens,
        bytesPerToken,
        capacityOf: tightCapacity,
      });
      if (size === null) return;
      slab.reshape(size.rows, size.capacityTokens, kept);
      batchFeeds.forget();
    },
    async prefill({ row, start, tokens, logitCount }) {
      const pasts = io.pastNames.map((_, part) =>
        kvTensor(io, slab.rowView(part, row), [1, slab.capacityTokens]),
      );
      const feeds = promptFeeds(io, { start, tokens, logitCount });
      io.pastNames.forEach((name, part) => {
        feeds[name] = pasts[part] as Tensor;
      });
      const results = await run({ batch: 1, fed: tokens.length, feeds, pasts, logitCount });
      storeSteps(slab, io, { results, rows: [{ row, start }], count: tokens.length });
      if (logitCount === 0) return new Float32Array(0);
      return lastLogits(results['logits'], logitCount * io.vocabSize);
    },
    async decode(tokens, lengths) {
      const batch = tokens.length;
      const { feeds, pasts } = batchFeeds.next(tokens, lengths);
      const results = await run({ batch, fed: 1, feeds, pasts, logitCount: 1 });
      storeSteps(slab, io, {
        results,
        rows: Array.from(lengths, (start, row) => ({ row, start })),
        count: 1,
      });
      return lastLogits(results['logits'], batch * io.vocabSize);
    },
    async embed(tokens) {
      if (io.hiddenSize === null) return null;
      const feeds = promptFeeds(io, { start: 0, tokens, logitCount: 1 });
      for (const name of io.pastNames) feeds[name] = emptyCache(io);
      const results = await session.run(feeds, ['hidden_states']);
      return meanOfRows(floatsOf(results['hidden_states']), tokens.length);
    },
    moveRow: slab.moveRow,
    readBlock: async (row, start, end) => cacheBlockOf(slab, row, [start, end]),
    release: async () => await session.release(),
  };
  return decoder;
}

function fetchesOf(io: DecoderGraphIo, call: Call): InferenceSession.FetchesType {
  if (io.stepNames !== null) return call.logitCount === 0 ? io.stepNames : ['logits', ...io.stepNames];
  // The cache is updated in place: what was fed as past is also where present goes.
  const fetches: Record<string, Tensor | null> = call.logitCount === 0 ? {} : { logits: null };
  io.presentNames.forEach((name, part) => {
    fetches[name] = call.pasts[part] as Tensor;
  });
  return fetches;
}

interface BatchFeeds {
  next(tokens: Int32Array, lengths: Int32Array): { feeds: Feeds; pasts: readonly Tensor[] };
  forget(): void;
}

/** The feeds of a decode step: the mask and the cache's tensors are kept while the batch keeps its shape. */
function createBatchFeeds(slab: KvSlab, io: DecoderGraphIo): BatchFeeds {
  let batch = -1;
  let mask = new BigInt64Array(0);
  let masked = new Int32Array(0);
  let pasts: Tensor[] = [];
  let feeds: Feeds = {};
  const rebuild = (rows: number) => {
    const capacity = slab.capacityTokens;
    batch = rows;
    mask = new BigInt64Array(rows * capacity);
    masked = new Int32Array(rows);
    pasts = io.pastNames.map((_, part) => kvTensor(io, slab.batchView(part, rows), [rows, capacity]));
    feeds = { attention_mask: new Tensor('int64', mask, [rows, capacity]) };
    io.pastNames.forEach((name, part) => {
      feeds[name] = pasts[part] as Tensor;
    });
    if (io.hasLogitsToKeep) feeds[LOGITS_TO_KEEP] = logitsToKeep(1);
  };
  const cover = (row: number, wanted: number) => {
    const offset = row * slab.capacityTokens;
    const have = masked[row] as number;
    if (wanted > have) mask.fill(1n, offset + have, offset + wanted);
    else mask.fill(0n, offset + wanted, offset + have);
    masked[row] = wanted;
  };
  return {
    forget: () => {
      batch = -1;
    },
    next(tokens, lengths) {
      if (batch !== tokens.length) rebuild(tokens.length);
      for (let row = 0; row < batch; row++) cover(row, (lengths[row] as number) + 1);
      feeds['input_ids'] = new Tensor('int64', BigInt64Array.from(tokens, BigInt), [batch, 1]);
      if (io.hasPositionIds) {
        feeds['position_ids'] = new Tensor('int64', BigInt64Array.from(lengths, BigInt), [batch, 1]);
      }
      return { feeds, pasts };
    },
  };
}

interface StepResults {
  readonly results: InferenceSession.ReturnType;
  readonly rows: readonly { row: number; start: number }[];
  readonly count: number;
}

function storeSteps(slab: KvSlab, io: DecoderGraphIo, { results, rows, count }: StepResults): void {
  if (io.stepNames === null) return;
  const rowNumbers = io.kv.keyValueHeads * count * io.kv.headSize;
  io.stepNames.forEach((name, part) => {
    const source = kvNumbers(results[name] as Tensor);
    rows.forEach(({ row, start }, index) => {
      slab.put({ part, row, start, count }, source, index * rowNumbers);
    });
  });
}

function emptyCache(io: DecoderGraphIo): Tensor {
  return kvTensor(io, io.kv.elementType === 'float16' ? new Uint16Array(0) : new Float32Array(0), [1, 0]);
}
