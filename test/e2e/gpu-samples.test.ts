// GPU samples from a stand-in NVML library through the real stack: query API, metrics, and the GPU context of a call.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallDetail, GpusAnswer } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonAnswer, OPENAI_COMPLETION } from '../fakes/provider-scripts.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../fakes/scripted-upstream.ts';
import { cCompiler, compileStandInNvml } from '../fixtures/nvml/compile-stand-in-nvml.ts';
import { rawAnswer, recordedCall } from './recorded-call.ts';
import { aroundNow, eventually, type RunningStack, startStack } from './running-stack.ts';

const CHAT = '/v1/chat/completions';

const WORKERS = cCompiler === undefined ? [] : [1, 2];

describe.skipIf(cCompiler === undefined).each(WORKERS)(
  'GPU samples (needs gcc or cc), %i worker(s)',
  (workers) => {
    const directory = mkdtempSync(join(tmpdir(), 'tollgate-nvml-'));
    let upstream: ScriptedUpstream;
    let stack: RunningStack;

    beforeAll(async () => {
      const libraryPath = compileStandInNvml(join(directory, 'libnvidia-ml.so.1'), ['WITH_MIG']);
      upstream = await createScriptedUpstream({ [CHAT]: jsonAnswer(OPENAI_COMPLETION) });
      stack = await startStack({
        args: ['--no-inference'],
        config: {
          upstreams: [{ name: 'openai', provider: 'openai', baseUrl: upstream.url, default: true }],
          sidecar: { workers, gpu: { libraryPath, intervalMs: 200 } },
        },
      });
    });
    afterAll(async () => {
      await stack?.stop();
      await upstream?.close();
      rmSync(directory, { recursive: true, force: true });
    });

    it('stand in the query API, one row a card and MIG instance, unsupported readings null', async () => {
      const { gpus } = await eventually(
        () => stack.query<GpusAnswer>('gpus', aroundNow()),
        (answer) => answer.gpus.length === 4,
        10_000,
      );
      const card = gpus.find((gpu) => gpu.gpu_uuid === 'GPU-0');
      expect(card).toMatchObject({
        gpu_name: 'Stand-in H200',
        utilization_pct: 37,
        memory_used_bytes: 2048,
        power_watts: 123.456,
        energy_joules: 9_876_543.21,
        throttle_reasons: ['sw_power_cap', 'hw_thermal_slowdown'],
        ecc_corrected_errors: 5,
        process_count: 3,
      });
      const instances = gpus.filter((gpu) => gpu.mig_uuid !== '').map((gpu) => gpu.mig_uuid);
      expect(instances.sort()).toEqual(['MIG-1-0', 'MIG-1-1']);
      expect(gpus.find((gpu) => gpu.mig_uuid === 'MIG-1-0')).toMatchObject({
        utilization_pct: null,
        power_watts: null,
      });
    });

    it('give each call the load of the busiest card', async () => {
      const { callId } = await rawAnswer(stack, CHAT, { model: 'gpt-4o', messages: [] });
      await recordedCall(stack, callId);
      const call = await stack.query<CallDetail>(`calls/${callId}`);
      expect(call).toMatchObject({ gpu_utilization_pct: 37, gpu_memory_used_bytes: 2048 });
    });

    it('feed the gauges', async () => {
      const metrics = await (await fetch(`${stack.admin}/metrics`)).text();
      expect(metrics).toMatch(/^tollgate_gpu_reader_up(\{[^}]*\})? 1$/m);
      expect(metrics).toMatch(/^llm_gpu_utilization\{[^}]*\} 37$/m);
    });
  },
);
