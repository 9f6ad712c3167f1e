// Greedy outputs of ragged continuous batches equal the one-at-a-time outputs token for token: 500 random mixes of
// lengths, arrivals, cancellations and preemptions, with chunked prefill, prefix cache and guessing ahead on and off.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMixBench, type MixBench } from '../fakes/inference-mix.ts';
import { root } from '../steps.ts';

const MIXES = 100;

let bench: MixBench;
beforeAll(async () => {
  bench = await createMixBench(join(root, 'inference-ref/bundled-model'));
});
afterAll(async () => await bench.close());

describe('continuous batching changes no token', () => {
  it.each([
    { firstSeed: 1_000, prefixCache: false, chunked: false, draftTokens: 0 },
    { firstSeed: 2_000, prefixCache: false, chunked: true, draftTokens: 0 },
    { firstSeed: 3_000, prefixCache: true, chunked: false, draftTokens: 0 },
    { firstSeed: 4_000, prefixCache: true, chunked: true, draftTokens: 0 },
    { firstSeed: 5_000, prefixCache: true, chunked: true, draftTokens: 4 },
  ])(
    `over ${MIXES} mixes: %o`,
    async ({ firstSeed, ...options }) => {
      const total = {
        tokens: 0,
        cancelled: 0,
        preemptions: 0,
        hitTokens: 0,
        acceptedDrafts: 0,
        largestBatch: 0,
      };
      for (let index = 0; index < MIXES; index++) {
        const result = await bench.run({ seed: firstSeed + index, ...options });
        expect(result.differences, `seed ${firstSeed + index}`).toEqual([]);
        for (const key of ['tokens', 'cancelled', 'preemptions', 'hitTokens', 'acceptedDrafts'] as const) {
          total[key] += result[key];
        }
        total.largestBatch = Math.max(total.largestBatch, result.largestBatch);
      }
      // The mixes must have exercised what they are for.
      expect(total.tokens).toBeGreaterThan(2_000);
      expect(total.cancelled).toBeGreaterThan(5);
      expect(total.preemptions).toBeGreaterThan(0);
      expect(total.largestBatch).toBeGreaterThan(5);
      if (options.prefixCache) expect(total.hitTokens).toBeGreaterThan(500);
      if (options.draftTokens > 0) expect(total.acceptedDrafts).toBeGreaterThan(100);
    },
    400_000,
  );
});
