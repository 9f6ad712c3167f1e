// A generation loop over a decoder that is arithmetic, with a clock that the test moves.

import type { TokenConstraint } from '../grammar/token-constraint.ts';
import { type GenerationParams, greedyParams } from '../sampling/generation-params.ts';
import { createBatchPolicy, type SchedulerName } from '../scheduler/batch-policy.ts';
import { createRequestQueue } from '../scheduler/request-queue.ts';
import type { CacheBlock, Decoder } from './decoder.ts';
import type { GenerationEvent, IterationRecord } from './engine-events.ts';
import { createGenerationLoop } from './generation-loop.ts';
import { createPrefixCache } from './prefix-cache.ts';
import { createSequence, type Sequence } from './sequence.ts';

const VOCAB = 97;
const CONTEXT = 200;
/** Begins a row whose tokens go round from 0 to 4. */
export const COUNTS_TO_FOUR = 96;

/** The token that follows is a hash of all tokens in the row: any token in a wrong place shows. */
function follower(tokens: readonly number[]): number {
  if (tokens[0] === COUNTS_TO_FOUR) return ((tokens.at(-1) as number) + 1) % 5;
  let hash = 7;
  for (const token of tokens) hash = (Math.imul(hash, 31) + token + 1) >>> 0;
  return hash % VOCAB;
}

function arithmeticDecoder(): Decoder {
  const rows: number[][] = [];
  const logitsOf = (row: number, length: number, into: Float32Array, at: number) => {
    into[at * VOCAB + follower((rows[row] ?? []).slice(0, length))] = 1;
  };
  const put = (row: number, start: number, tokens: ArrayLike<number>) => {
    const kept = (rows[row] ?? []).slice(0, start);
    if (kept.length !== start) throw new Error(`row ${row} holds ${kept.length} tokens, fed at ${start}`);
    rows[row] = [...kept, ...Array.from(tokens)];
  };
  const block = (tokens: readonly number[]): CacheBlock => ({
    tokens: tokens.length,
    bytes: tokens.length * 4,
    writeTo: async (row, start) => put(row, start, tokens),
    release: () => undefined,
  });
  return {
    limits: { vocabSize: VOCAB, contextTokens: CONTEXT, kvBytesPerToken: 4 },
    use: { rows: 0, capacityTokens: 0, copiedBytes: 0 },
    fit: () => undefined,
    async prefill({ row, start, tokens, logitCount }) {
      put(row, start, tokens);
      const logits = new Float32Array(logitCount * VOCAB);
      for (let i = 0; i < logitCount; i++)
        logitsOf(row, start + tokens.length - logitCount + i + 1, logits, i);
      return logits;
    },
    async decode(tokens, lengths) {
      const logits = new Float32Array(tokens.length * VOCAB);
      tokens.forEach((token, row) => {
        put(row, lengths[row] ?? 0, [token]);
        logitsOf(row, (lengths[row] ?? 0) + 1, logits, row);
      });
      return logits;
    },
    embed: async () => null,
    moveRow(from, to, length) {
      rows[to] = (rows[from] ?? []).slice(0, length);
    },
    readBlock: async (row, start, end) => block((rows[row] ?? []).slice(start, end)),
    release: async () => undefined,
  };
}

interface LoopSetup {
  readonly scheduler?: SchedulerName;
  readonly maxBatch?: number;
  readonly kvBudgetTokens?: number;
  readonly chunkTokens?: number;
  readonly draftTokens?: number;
  readonly endTokenIds?: readonly number[];
}

export function createLoopBench(setup: LoopSetup = {}) {
  const { endTokenIds = [] } = setup;
  const events: GenerationEvent[] = [];
  const records: IterationRecord[] = [];
  let nowMs = 0;
  const queue = createRequestQueue<Sequence>({ capacity: 100, ageingMs: 1e9 });
  const loop = createGenerationLoop({
    decoder: arithmeticDecoder(),
    queue,
    policy: createBatchPolicy({
      scheduler: setup.scheduler ?? 'continuous',
      maxBatch: setup.maxBatch ?? 4,
      maxWaitMs: 50,
    }),
    prefixCache: createPrefixCache({ blockTokens: 4, maxBytes: 1e6 }),
    endTokenIds,
    kvBudgetTokens: setup.kvBudgetTokens ?? 1000,
    chunkTokens: setup.chunkTokens ?? 16,
    draftTokens: setup.draftTokens ?? 0,
    nowMs: () => nowMs,
    emit(batch, record) {
      events.push(...batch);
      if (record !== null) records.push(record);
    },
  });
  const submit = (
    id: number,
    prompt: readonly number[],
    params: Partial<GenerationParams> = {},
    { priority = 0, json = null }: { priority?: number; json?: TokenConstraint | null } = {},
  ) =>
    queue.push(
      createSequence({
        request: {
          id,
          promptTokens: Int32Array.from(prompt),
          params: { ...greedyParams, ...params },
          priority,
          tenant: 'a',
          cacheSalt: '',
          arrivedAtMs: nowMs,
        },
        contextTokens: CONTEXT,
        endTokenIds,
        json,
        freshSeed: 1,
        tokenBytes: { bytes: new Uint8Array(0), offsets: new Uint32Array(1), longestBytes: 1 },
      }),
    );
  const run = async (rounds = 10_000) => {
    for (let round = 0; round < rounds; round++) {
      nowMs += 1;
      if (!(await loop.iterate())) return;
    }
  };
  const tokensOf = (id: number) =>
    events.flatMap((event) => (event.kind === 'token' && event.id === id ? [event.token.tokenId] : []));
  const endOf = (id: number) => events.find((event) => event.kind === 'finished' && event.id === id);
  const advanceMs = (ms: number) => {
    nowMs += ms;
  };
  return { loop, queue, events, records, submit, run, tokensOf, endOf, advanceMs };
}

/** What a request that runs alone gets. */
export function alone(prompt: readonly number[], count: number): number[] {
  const all = [...prompt];
  for (let i = 0; i < count; i++) all.push(follower(all));
  return all.slice(prompt.length);
}

export const counting = (length: number, from = 0) =>
  Array.from({ length }, (_, i) => (from + i * 7) % VOCAB);
