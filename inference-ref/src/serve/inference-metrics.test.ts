import { LLM_METRICS } from '@tollgate/contract';
import { expect, it } from 'vitest';
import type { GenerationSummary } from './generation.ts';
import { createInferenceMetrics } from './inference-metrics.ts';

const summary: GenerationSummary = {
  usage: { promptTokens: 7, cachedTokens: 0, completionTokens: 20 },
  admittedPromptTokens: 7,
  timing: { queueMs: 1, prefillMs: 2, decodeMs: 90 },
  msPerOutputToken: [10, 5],
  ...{ outcome: 'ok', errorCode: null, finishReasons: ['stop', 'length'], openChoices: 0, preemptions: 0 },
};

/** The samples of a metric, `name{labels} value`, after a request that ended so. */
async function samples(name: string, ...ends: Partial<GenerationSummary>[]): Promise<string[]> {
  const metrics = createInferenceMetrics();
  for (const end of ends) metrics.begin({ modelId: 'm', endpoint: '/v1/x' })({ ...summary, ...end });
  const page = await metrics.registry.metrics();
  return page.split('\n').filter((line) => line.startsWith(name));
}

it('counts the prompts that were admitted, and no others', async () => {
  const rejected = {
    outcome: 'rejected',
    admittedPromptTokens: 0,
    usage: { promptTokens: 900, cachedTokens: 0, completionTokens: 0 },
  } as const;
  expect(await samples('vllm:prompt_tokens_total', {}, rejected)).toEqual([
    'vllm:prompt_tokens_total{model_name="m"} 7',
  ]);
  expect(await samples(LLM_METRICS.tokens, {}, rejected)).toContain(
    `${LLM_METRICS.tokens}{model_id="m",type="input"} 7`,
  );
});

it('observes the time by output token of each choice', async () => {
  const name = 'vllm:request_time_per_output_token_seconds';
  expect(await samples(`${name}_sum`, {})).toEqual([`${name}_sum{model_name="m"} 0.015`]);
  expect(await samples(`${name}_count`, {})).toEqual([`${name}_count{model_name="m"} 2`]);
});

it('says why each sequence finished, in vLLM’s words', async () => {
  const name = 'vllm:request_success_total';
  const cancelled = { outcome: 'cancelled', finishReasons: ['stop'], openChoices: 2 } as const;
  const failed = { outcome: 'failed', finishReasons: [], openChoices: 1 } as const;
  expect(await samples(name, {}, cancelled, failed)).toEqual([
    `${name}{model_name="m",finished_reason="stop"} 2`,
    `${name}{model_name="m",finished_reason="length"} 1`,
    `${name}{model_name="m",finished_reason="abort"} 2`,
  ]);
});
