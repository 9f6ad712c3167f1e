// A quick sample of test/e2e/continuous-batch.test.ts, for every change.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMixBench, type MixBench } from '../fakes/inference-mix.ts';
import { root } from '../steps.ts';

let bench: MixBench;
beforeAll(async () => {
  bench = await createMixBench(join(root, 'inference-ref/bundled-model'));
});
afterAll(async () => await bench.close());

it.each([
  { seed: 1, prefixCache: true, chunked: true, draftTokens: 0 },
  { seed: 2, prefixCache: false, chunked: true, draftTokens: 0 },
  { seed: 3, prefixCache: true, chunked: false, draftTokens: 0 },
  { seed: 7, prefixCache: true, chunked: true, draftTokens: 4 },
])('a ragged continuous batch says what its requests say alone (%o)', async (options) => {
  const result = await bench.run(options);
  expect(result.differences).toEqual([]);
  expect(result.tokens).toBeGreaterThan(20);
});
