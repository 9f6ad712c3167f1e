// The reference server on WebGPU, with the cache on the device: on a GPU in software, which computes what a card would.
import { join } from 'node:path';
import { openDecoder } from '@tollgate/inference-ref/engine/open-decoder';
import { readModelDirectory } from '@tollgate/inference-ref/model/model-directory';
import { describe, expect, it } from 'vitest';
import { createMixBench } from '../fakes/inference-mix.ts';
import { startInferenceProcess } from '../fakes/inference-process.ts';
import { softwareGpuEnvironment } from '../fakes/software-gpu.ts';
import { describeDecoder } from '../fixtures/decoder-suite.ts';
import { root } from '../steps.ts';

const environment = softwareGpuEnvironment();
const modelDirectory = join(root, 'inference-ref/bundled-model');
const { modelFile, contextTokens } = readModelDirectory(modelDirectory);

describe.skipIf(environment === null)(
  'on WebGPU (needs the software driver of Chromium and libvulkan1)',
  () => {
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

    it('serves concurrent requests as the CPU does, and ends cleanly', async () => {
      const answers: Record<string, readonly unknown[]> = {};
      for (const device of ['cpu', 'webgpu']) {
        const settings = { INFERENCE_DEVICE: device, LOG_LEVEL: 'info', ...environment };
        const server = await startInferenceProcess(settings);
        const ask = async (words: string) => {
          const body = JSON.stringify({ prompt: `The whale ${words}`, max_tokens: 6, temperature: 0 });
          const headers = { 'content-type': 'application/json' };
          const answer = await fetch(`${server.url}/v1/completions`, { method: 'POST', headers, body });
          return ((await answer.json()) as { choices: { text: string }[] }).choices[0]?.text;
        };
        const together = await Promise.all(['and the ship', 'was seen', 'in the sea of the'].map(ask));
        answers[device] = [...together, await ask('was seen')];
        expect(server.log()).toContain(`"device":"${device}"`);
        expect(await server.stop()).toBe(0);
      }
      expect(answers['webgpu']).toEqual(answers['cpu']);
      expect(answers['cpu']?.[1]).toMatch(/\w/);
    });
  },
);
