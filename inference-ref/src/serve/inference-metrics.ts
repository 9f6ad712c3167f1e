// The server's Prometheus metrics: vLLM's names for tools that query them, the names of the contract for our own
// dashboards, and what only the inside knows: time by phase, batch, padding, cache.

import {
  GEN_AI_METRICS,
  LATENCY_BUCKETS_SECONDS,
  LENGTH_BUCKETS_TOKENS,
  LLM_METRICS,
  TIME_PER_OUTPUT_TOKEN_BUCKETS_SECONDS,
  TIME_TO_FIRST_TOKEN_BUCKETS_SECONDS,
} from '@tollgate/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EngineGauges, IterationRecord } from '../engine/engine-events.ts';
import type { HealthState } from '../model/model-health.ts';
import { createEngineMetrics, createStallMetrics } from './engine-metrics.ts';
import type { GenerationSummary } from './generation.ts';

export interface InferenceMetrics {
  readonly registry: Registry;
  /** A request was taken; the answer is called with its summary. */
  begin(request: { modelId: string; endpoint: string }): (summary: GenerationSummary) => void;
  /** A model's queue was full. */
  rejected(modelId: string, endpoint: string): void;
  /** A request ended before it reached an engine. */
  refused(endpoint: string, statusCode: number): void;
  /** An answer that generates nothing. */
  embedded(modelId: string, promptTokens: number): void;
  round(modelId: string, record: IterationRecord | null, gauges: EngineGauges): void;
  modelLoaded(modelId: string, seconds: number): void;
  modelUnloaded(modelId: string): void;
  /** A model's engine was found hung. */
  hung(modelId: string): void;
  /** So many threads are left behind in a hung call. */
  stuckThreads(count: number): void;
  health(modelId: string, state: HealthState): void;
}

const HEALTH_STATES: readonly HealthState[] = ['healthy', 'degraded', 'failed'];

export function createInferenceMetrics(): InferenceMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const engine = createEngineMetrics(registry);
  const requests = new Counter({
    name: LLM_METRICS.requests,
    help: 'Requests by outcome',
    registers,
    labelNames: ['model_id', 'endpoint', 'status'],
  });
  const tokens = new Counter({
    name: LLM_METRICS.tokens,
    help: 'Tokens read and written',
    registers,
    labelNames: ['model_id', 'type'],
  });
  const inProgress = new Gauge({
    name: LLM_METRICS.inProgress,
    help: 'Requests under way',
    registers,
    labelNames: ['model_id'],
  });
  const loadSeconds = new Gauge({
    name: LLM_METRICS.modelLoadSeconds,
    help: 'How long the last load took',
    registers,
    labelNames: ['model_id'],
  });
  const health = new Gauge({
    name: 'tollgate_inference_model_health',
    help: '1 for the state that a model is in',
    registers,
    labelNames: ['model_id', 'state'],
  });
  const success = new Counter({
    name: 'vllm:request_success_total',
    help: 'Finished sequences by why they ended, as vLLM calls it: stop, length, abort',
    registers,
    labelNames: ['model_name', 'finished_reason'],
  });
  const observe = createRequestHistograms(registry);
  const open = new Map<string, number>();
  const setOpen = (modelId: string, change: number) => {
    const now = (open.get(modelId) ?? 0) + change;
    open.set(modelId, now);
    inProgress.set({ model_id: modelId }, now);
  };

  return {
    registry,
    begin({ modelId, endpoint }) {
      setOpen(modelId, 1);
      return (summary) => {
        setOpen(modelId, -1);
        const { usage, outcome } = summary;
        const computed = { ...usage, promptTokens: summary.admittedPromptTokens };
        requests.inc({ model_id: modelId, endpoint, status: outcome });
        tokens.inc({ model_id: modelId, type: 'input' }, computed.promptTokens);
        tokens.inc({ model_id: modelId, type: 'output' }, computed.completionTokens);
        engine.tokens(modelId, computed);
        for (const reason of finishedReasons(summary))
          success.inc({ model_name: modelId, finished_reason: reason });
        if (outcome === 'ok') observe(modelId, summary);
      };
    },
    rejected: (modelId, endpoint) => requests.inc({ model_id: modelId, endpoint, status: 'rejected' }),
    refused: (endpoint, statusCode) =>
      requests.inc({ model_id: 'none', endpoint, status: String(statusCode) }),
    embedded(modelId, promptTokens) {
      requests.inc({ model_id: modelId, endpoint: '/v1/embeddings', status: 'ok' });
      tokens.inc({ model_id: modelId, type: 'input' }, promptTokens);
      engine.tokens(modelId, { promptTokens, cachedTokens: 0, completionTokens: 0 });
    },
    round: engine.round,
    ...createStallMetrics(registry),
    modelLoaded: (modelId, seconds) => loadSeconds.set({ model_id: modelId }, seconds),
    health(modelId, state) {
      for (const each of HEALTH_STATES)
        health.set({ model_id: modelId, state: each }, each === state ? 1 : 0);
    },
    modelUnloaded(modelId) {
      for (const state of HEALTH_STATES) health.remove({ model_id: modelId, state });
      loadSeconds.remove({ model_id: modelId });
      engine.forget(modelId);
    },
  };
}

/** Of a request that failed, nothing has finished. */
function finishedReasons({ outcome, finishReasons, openChoices }: GenerationSummary): string[] {
  if (outcome !== 'ok' && outcome !== 'cancelled') return [];
  const ended = finishReasons.map((reason) => (reason === 'cancelled' ? 'abort' : reason));
  return [...ended, ...Array.from({ length: openChoices }, () => 'abort')];
}

const vllmHistograms = {
  time_to_first_token: TIME_TO_FIRST_TOKEN_BUCKETS_SECONDS,
  e2e_request_latency: LATENCY_BUCKETS_SECONDS,
  request_queue_time: LATENCY_BUCKETS_SECONDS,
  request_prefill_time: LATENCY_BUCKETS_SECONDS,
  request_decode_time: LATENCY_BUCKETS_SECONDS,
  request_inference_time: LATENCY_BUCKETS_SECONDS,
  request_time_per_output_token: TIME_PER_OUTPUT_TOKEN_BUCKETS_SECONDS,
} as const;
/** Phases of a small model last milliseconds: the usual buckets would show none of it. */
const FINE_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05];

function createRequestHistograms(registry: Registry): (modelId: string, summary: GenerationSummary) => void {
  const registers = [registry];
  const labelNames = ['model_name'];
  const seconds = new Map(
    Object.entries(vllmHistograms).map(([name, buckets]) => {
      const all = [...new Set([...FINE_BUCKETS_SECONDS, ...buckets])].sort((a, b) => a - b);
      const help = `${name.replaceAll('_', ' ')} in seconds`;
      return [
        name,
        new Histogram({ name: `vllm:${name}_seconds`, help, buckets: all, labelNames, registers }),
      ];
    }),
  );
  const counted = (name: string, help: string, buckets: readonly number[], label: string) =>
    new Histogram({ name, help, buckets: [...buckets], labelNames: [label], registers });
  const prompt = counted(
    'vllm:request_prompt_tokens',
    'Tokens of a prompt',
    LENGTH_BUCKETS_TOKENS,
    'model_name',
  );
  const output = counted(
    'vllm:request_generation_tokens',
    'Tokens of an answer',
    LENGTH_BUCKETS_TOKENS,
    'model_name',
  );
  const promptOurs = counted(
    LLM_METRICS.promptTokens,
    'Tokens of a prompt',
    LENGTH_BUCKETS_TOKENS,
    'model_id',
  );
  const outputOurs = counted(
    LLM_METRICS.completionTokens,
    'Tokens of an answer',
    LENGTH_BUCKETS_TOKENS,
    'model_id',
  );
  const latency = counted(
    LLM_METRICS.latencySeconds,
    'Receipt to last token',
    LATENCY_BUCKETS_SECONDS,
    'model_id',
  );
  const serverTtft = counted(
    GEN_AI_METRICS.serverTimeToFirstTokenSeconds,
    'Receipt to first token',
    TIME_TO_FIRST_TOKEN_BUCKETS_SECONDS,
    'gen_ai_request_model',
  );

  return (modelId, { usage, timing, msPerOutputToken }) => {
    const { queueMs, prefillMs, decodeMs } = timing;
    const put = (name: keyof typeof vllmHistograms, ms: number) =>
      seconds.get(name)?.observe({ model_name: modelId }, ms / 1000);
    put('time_to_first_token', queueMs + prefillMs);
    put('e2e_request_latency', queueMs + prefillMs + decodeMs);
    put('request_queue_time', queueMs);
    put('request_prefill_time', prefillMs);
    put('request_decode_time', decodeMs);
    put('request_inference_time', prefillMs + decodeMs);
    for (const ms of msPerOutputToken) put('request_time_per_output_token', ms);
    prompt.observe({ model_name: modelId }, usage.promptTokens);
    output.observe({ model_name: modelId }, usage.completionTokens);
    promptOurs.observe({ model_id: modelId }, usage.promptTokens);
    outputOurs.observe({ model_id: modelId }, usage.completionTokens);
    latency.observe({ model_id: modelId }, (queueMs + prefillMs + decodeMs) / 1000);
    serverTtft.observe({ gen_ai_request_model: modelId }, (queueMs + prefillMs) / 1000);
  };
}
