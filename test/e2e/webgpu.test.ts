// The reference server on WebGPU, with the cache on the device: on a GPU in software, which computes what a card would.
import { join } from 'node:path';
import { openDecoder } from '@tollgate/inference-ref/engine/open-decoder';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { describe, expect, it } from 'vitest';
import { createMixBench } from '../fakes/inference-mix.ts';
import { softwareGpuEnvironment } from '../fakes/software-gpu.ts';
import { describeDecoder } from '../fixtures/decoder-suite.ts';
import { root } from '../steps.ts';

const environment = softwareGpuEnvironment();
const modelDirectory = join(root, 'inference-ref/bundled-model');
const { modelFile, contextTokens } = readModelDirectory(modelDirectory);

describe.skipIf(environment === null)('on WebGPU (needs the software driver of Chromium)', () => {
  describeDecoder('with its cache on the device', async () => {
    Object.assign(process.env, environment);
    const opened = await openDecoder({ modelFile, contextTokens, device: 'webgpu', threads: 1 });
    expect(opened.deviceReason).toMatch(/^webgpu: asked for; cache stays on the device/);
    return opened.decoder;
  });

  it('says token for token what the CPU says one at a time, in ragged batches with a prefix cache and guesses', async () => {
    Object.assign(process.env, environment);
    const bench = await createMixBench(modelDirectory, 'webgpu');
    const total = { tokens: 0, hitTokens: 0, acceptedDrafts: 0, largestBatch: 0 };
    for (const [seed, draftTokens] of [
      [6_001, 0],
      [6_003, 4],
    ] as const) {
      const result = await bench.run({ seed, draftTokens, prefixCache: true, chunked: true });
      expect(result.differences).toEqual([]);
      for (const key of ['tokens', 'hitTokens', 'acceptedDrafts'] as const) total[key] += result[key];
      total.largestBatch = Math.max(total.largestBatch, result.largestBatch);
    }
    await bench.close();
    // The mixes must have exercised what they are for.
    expect(total.tokens).toBeGreaterThan(150);
    expect(total.largestBatch).toBeGreaterThan(3);
    expect(total.hitTokens).toBeGreaterThan(16);
    expect(total.acceptedDrafts).toBeGreaterThan(5);
  }, 400_000);
});
