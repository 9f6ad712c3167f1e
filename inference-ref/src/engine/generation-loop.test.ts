import { describe, expect, it } from 'vitest';
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
const REPEATS_ITSELF = 96;

/** The token that follows is a hash of all tokens in the row: any token in a wrong place shows. */
function follower(tokens: readonly number[]): number {
  if (tokens[0] === REPEATS_ITSELF) return tokens.length % 5;
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

interface Setup {
  readonly scheduler?: SchedulerName;
  readonly maxBatch?: number;
  readonly kvBudgetTokens?: number;
  readonly chunkTokens?: number;
  readonly draftTokens?: number;
  readonly maxQueue?: number;
}

function createBench(setup: Setup = {}) {
  const events: GenerationEvent[] = [];
  const records: IterationRecord[] = [];
  let nowMs = 0;
  const queue = createRequestQueue<Sequence>({ capacity: setup.maxQueue ?? 100, ageingMs: 1e9 });
  const loop = createGenerationLoop({
    decoder: arithmeticDecoder(),
    queue,
    policy: createBatchPolicy({
      scheduler: setup.scheduler ?? 'continuous',
      maxBatch: setup.maxBatch ?? 4,
      maxWaitMs: 50,
    }),
    prefixCache: createPrefixCache({ blockTokens: 4, maxBytes: 1e6 }),
    endTokenIds: [],
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
    priority = 0,
  ) =>
    queue.push(
      createSequence({
        request: {
          ...{ id, promptTokens: Int32Array.from(prompt), params: { ...greedyParams, ...params } },
          ...{ priority, tenant: 'a', cacheSalt: '', arrivedAtMs: nowMs },
        },
        ...{ contextTokens: CONTEXT, endTokenIds: [], json: null, freshSeed: 1 },
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

function alone(prompt: readonly number[], count: number): number[] {
  const all = [...prompt];
  for (let i = 0; i < count; i++) all.push(follower(all));
  return all.slice(prompt.length);
}

const counting = (length: number, from = 0) => Array.from({ length }, (_, i) => (from + i * 7) % VOCAB);

describe('generation loop', () => {
  it('gives every request of a ragged batch the tokens it would get alone', async () => {
    const bench = createBench();
    const prompts = [
      counting(3),
      counting(40),
      counting(17, 5),
      counting(1, 9),
      counting(25, 11),
      counting(8, 2),
    ];
    prompts.forEach((prompt, id) => void bench.submit(id, prompt, { maxTokens: 5 + id * 3 }));
    await bench.run();
    prompts.forEach((prompt, id) => void expect(bench.tokensOf(id)).toEqual(alone(prompt, 5 + id * 3)));
    expect(Math.max(...bench.records.map(({ decodeIds }) => decodeIds.length))).toBe(4);
  });

  it('lets a newcomer join while others decode, and never feeds more than a chunk of prompt a round', async () => {
    const bench = createBench({ chunkTokens: 8 });
    bench.submit(1, counting(4), { maxTokens: 30 });
    await bench.run(3);
    bench.submit(2, counting(30, 3), { maxTokens: 4 });
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(30, 3), 4));
    const busy = bench.records.filter(({ prefills }) => prefills.some(({ id }) => id === 2));
    expect(busy.length).toBe(4);
    for (const { prefills, decodeIds } of busy) {
      expect(prefills.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(8);
      expect(decodeIds).toContain(1);
    }
  });

  it('frees the row of a cancelled request before the next step', async () => {
    const bench = createBench({ maxBatch: 1 });
    bench.submit(1, counting(4), { maxTokens: 100 });
    bench.submit(2, counting(5), { maxTokens: 3 });
    await bench.run(4);
    bench.loop.cancel(1);
    await bench.run(1);
    expect(bench.endOf(1)).toMatchObject({ reason: 'cancelled' });
    expect(bench.records.at(-1)?.decodeIds).toEqual([2]);
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(5), 3));
    expect(bench.loop.gauges).toMatchObject({ running: 0, waiting: 0, kvTokens: 0 });
  });

  it('forgets a request that is cancelled while it waits', async () => {
    const bench = createBench({ maxBatch: 1 });
    bench.submit(1, counting(4), { maxTokens: 3 });
    bench.submit(2, counting(4), { maxTokens: 3 });
    await bench.run(1);
    bench.loop.cancel(2);
    expect(bench.endOf(2)).toMatchObject({ reason: 'cancelled' });
    await bench.run();
    expect(bench.tokensOf(2)).toEqual([]);
  });

  it('admits by the token budget and preempts the least urgent, who loses no token', async () => {
    const bench = createBench({ kvBudgetTokens: 60 });
    bench.submit(1, counting(20), { maxTokens: 25 }, -1);
    bench.submit(2, counting(22, 1), { maxTokens: 25 });
    await bench.run();
    expect(bench.records.flatMap(({ preemptedIds }) => preemptedIds)).toContain(2);
    expect(bench.tokensOf(1)).toEqual(alone(counting(20), 25));
    expect(bench.tokensOf(2)).toEqual(alone(counting(22, 1), 25));
    expect(bench.endOf(2)).toMatchObject({ preemptions: expect.any(Number) });
  });

  it('finds shared beginnings in the prefix cache and says how many tokens it did not compute', async () => {
    const bench = createBench({ maxBatch: 1 });
    bench.submit(1, [...counting(12), 1, 2], { maxTokens: 2 });
    bench.submit(2, [...counting(12), 3, 4, 5], { maxTokens: 2 });
    await bench.run();
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: 'admitted', id: 1, cachedTokens: 0 }),
    );
    expect(bench.events).toContainEqual(
      expect.objectContaining({ kind: 'admitted', id: 2, cachedTokens: 12 }),
    );
    expect(bench.tokensOf(2)).toEqual(alone([...counting(12), 3, 4, 5], 2));
  });

  it('serves one at a time when sequential', async () => {
    const bench = createBench({ scheduler: 'sequential' });
    for (const id of [1, 2, 3]) bench.submit(id, counting(4, id), { maxTokens: 4 });
    await bench.run();
    expect(Math.max(...bench.records.map(({ decodeIds }) => decodeIds.length))).toBe(1);
    for (const id of [1, 2, 3]) expect(bench.tokensOf(id)).toEqual(alone(counting(4, id), 4));
  });

  it('fills a window when dynamic: waits for company, then takes nobody until the batch has ended', async () => {
    const bench = createBench({ scheduler: 'dynamic', maxBatch: 2 });
    bench.submit(1, counting(4, 1), { maxTokens: 6 });
    await bench.run();
    expect(bench.tokensOf(1)).toEqual([]);
    expect(bench.loop.waitMs()).toBeGreaterThan(0);
    bench.advanceMs(60);
    await bench.run(2);
    bench.submit(2, counting(4, 2), { maxTokens: 2 });
    await bench.run(2);
    expect(bench.tokensOf(2)).toEqual([]);
    bench.advanceMs(60);
    await bench.run();
    bench.advanceMs(60);
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(4, 2), 2));
  });

  it('guesses ahead for a lone greedy request without changing a token', async () => {
    const bench = createBench({ draftTokens: 4 });
    const prompt = [REPEATS_ITSELF, 1, 2, 3, 4, 0, 1, 2];
    bench.submit(1, prompt, { maxTokens: 40 });
    await bench.run();
    expect(bench.tokensOf(1)).toEqual(alone(prompt, 40));
    expect(bench.loop.gauges.acceptedDraftTokens).toBeGreaterThan(20);
    expect(bench.records.length).toBeLessThan(15);
  });

  it('fails everything at once and starts again clean', async () => {
    const bench = createBench();
    bench.submit(1, counting(4), { maxTokens: 10 });
    await bench.run(2);
    bench.loop.fail('out of memory');
    expect(bench.events.at(-1)).toEqual({ kind: 'failed', id: 1, message: 'out of memory' });
    bench.submit(2, counting(5), { maxTokens: 2 });
    await bench.run();
    expect(bench.tokensOf(2)).toEqual(alone(counting(5), 2));
  });
});
