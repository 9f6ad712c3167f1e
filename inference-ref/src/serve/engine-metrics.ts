// What the engines tell about each round, as Prometheus metrics.

import { BATCH_SIZE_BUCKETS, LLM_METRICS, TOLLGATE_METRICS } from '@tollgate/contract';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EngineGauges, IterationRecord } from '../engine/engine-events.ts';
import type { GenerationUsage } from './generation.ts';

export interface EngineMetrics {
  tokens(modelId: string, usage: GenerationUsage): void;
  round(modelId: string, record: IterationRecord | null, gauges: EngineGauges): void;
  forget(modelId: string): void;
}

const STEP_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1,
];
const ITERATION_TOKEN_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export function createEngineMetrics(registry: Registry): EngineMetrics {
  const levels = createLevels(registry);
  const growth = createGrowth(registry);
  const steps = createSteps(registry);
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['model_name'], registers: [registry] });
  const prompts = counter('vllm:prompt_tokens_total', 'Prompt tokens of requests that were admitted');
  const generated = counter('vllm:generation_tokens_total', 'Generated tokens');
  const preemptions = counter('vllm:num_preemptions_total', 'Sequences that gave up their cache');
  return {
    tokens(modelId, usage) {
      prompts.inc({ model_name: modelId }, usage.promptTokens);
      generated.inc({ model_name: modelId }, usage.completionTokens);
    },
    round(modelId, record, gauges) {
      levels.set(modelId, gauges);
      growth.add(modelId, gauges);
      if (record === null) return;
      steps(modelId, record);
      if (record.preemptedIds.length > 0)
        preemptions.inc({ model_name: modelId }, record.preemptedIds.length);
    },
    forget(modelId) {
      levels.remove(modelId);
      growth.forget(modelId);
    },
  };
}

function createLevels(registry: Registry) {
  const gauge = (name: string, help: string, labelNames = ['model_name']) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const running = gauge('vllm:num_requests_running', 'Sequences in rows');
  const waiting = gauge('vllm:num_requests_waiting', 'Sequences in the queue');
  const kvUsage = gauge('vllm:kv_cache_usage_perc', 'Cached tokens by the budget, 0 to 1');
  const padding = gauge(
    'tollgate_inference_padding_ratio',
    'Share of the batch in the slab that holds no token',
  );
  const slabTokens = gauge('tollgate_inference_kv_slab_tokens', 'Positions that the slab has room for');
  const queueSize = gauge(LLM_METRICS.queueSize, 'Sequences in the queue', ['model_id']);
  const queueLength = gauge(LLM_METRICS.inferenceQueueLength, 'Sequences in any queue, for autoscaling', []);
  const queues = new Map<string, number>();
  const sumQueues = () => queueLength.set([...queues.values()].reduce((a, b) => a + b, 0));
  return {
    set(modelId: string, now: EngineGauges) {
      const labels = { model_name: modelId };
      running.set(labels, now.running);
      waiting.set(labels, now.waiting);
      kvUsage.set(labels, now.kvTokens / now.kvBudgetTokens);
      slabTokens.set(labels, now.slabRows * now.slabCapacityTokens);
      const batchTokens = now.running * now.slabCapacityTokens;
      padding.set(labels, batchTokens === 0 ? 0 : 1 - now.kvTokens / batchTokens);
      queueSize.set({ model_id: modelId }, now.waiting);
      queues.set(modelId, now.waiting);
      sumQueues();
    },
    remove(modelId: string) {
      for (const each of [running, waiting, kvUsage, padding, slabTokens])
        each.remove({ model_name: modelId });
      queueSize.remove({ model_id: modelId });
      queues.delete(modelId);
      sumQueues();
    },
  };
}

/** What the watch over the engines found. */
export function createStallMetrics(registry: Registry) {
  const hangs = new Counter({
    name: TOLLGATE_METRICS.engineHangs,
    help: 'Engines that reported nothing for too long and were replaced',
    labelNames: ['model_name'],
    registers: [registry],
  });
  const stuck = new Gauge({
    name: TOLLGATE_METRICS.stuckThreads,
    help: 'Threads left behind in a call that does not return',
    registers: [registry],
  });
  return {
    hung: (modelId: string) => hangs.inc({ model_name: modelId }),
    stuckThreads: (count: number) => stuck.set(count),
  };
}

function createGrowth(registry: Registry) {
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['model_name'], registers: [registry] });
  const counters: readonly (readonly [keyof EngineGauges, Counter])[] = [
    [
      'prefixQueriedTokens',
      counter('vllm:prefix_cache_queries_total', 'Prompt tokens looked up in the prefix cache'),
    ],
    ['prefixHitTokens', counter('vllm:prefix_cache_hits_total', 'Prompt tokens found in the prefix cache')],
    [
      'kvCopiedBytes',
      counter('tollgate_inference_kv_copied_bytes_total', 'Cache bytes moved to reshape or compact'),
    ],
    ['draftedTokens', counter('tollgate_inference_drafted_tokens_total', 'Tokens guessed ahead')],
    [
      'acceptedDraftTokens',
      counter('tollgate_inference_accepted_draft_tokens_total', 'Guesses that were right'),
    ],
  ];
  const last = new Map<string, EngineGauges>();
  return {
    add(modelId: string, now: EngineGauges) {
      const before = last.get(modelId);
      last.set(modelId, now);
      for (const [key, counter] of counters) {
        // A restarted engine counts from zero again.
        const grown = now[key] - (before?.[key] ?? 0);
        if (grown !== 0) counter.inc({ model_name: modelId }, grown < 0 ? now[key] : grown);
      }
    },
    forget: (modelId: string) => void last.delete(modelId),
  };
}

function createSteps(registry: Registry): (modelId: string, record: IterationRecord) => void {
  const histogram = (name: string, help: string, buckets: readonly number[], labelNames: string[]) =>
    new Histogram({ name, help, buckets: [...buckets], labelNames, registers: [registry] });
  const names = ['model_name'];
  const phases = histogram(
    'tollgate_inference_step_seconds',
    'Time of a round by phase',
    STEP_BUCKETS_SECONDS,
    ['model_name', 'phase'],
  );
  const batch = histogram(LLM_METRICS.batchSize, 'Rows of a decode step', BATCH_SIZE_BUCKETS, ['model_id']);
  const fed = histogram(
    'vllm:iteration_tokens_total',
    'Tokens fed in a round',
    ITERATION_TOKEN_BUCKETS,
    names,
  );
  const gap = histogram(
    'vllm:inter_token_latency_seconds',
    'Time between decode steps',
    STEP_BUCKETS_SECONDS,
    names,
  );
  const lastStep = new Map<string, { readonly atMs: number; readonly ids: readonly number[] }>();

  return (modelId, record) => {
    const labels = { model_name: modelId };
    const { prefills, decodeIds, startedAtMs } = record;
    const prefilled = prefills.reduce((sum, { tokens }) => sum + tokens, 0);
    const prefillMs = prefills.reduce((sum, { ms }) => sum + ms, 0);
    if (prefilled > 0) phases.observe({ ...labels, phase: 'prefill' }, prefillMs / 1000);
    phases.observe({ ...labels, phase: 'sample' }, record.sampleMs / 1000);
    phases.observe({ ...labels, phase: 'overhead' }, record.overheadMs / 1000);
    fed.observe(labels, prefilled + decodeIds.length);
    if (decodeIds.length === 0) return;
    phases.observe({ ...labels, phase: 'decode' }, record.decodeMs / 1000);
    batch.observe({ model_id: modelId }, decodeIds.length);
    const previous = lastStep.get(modelId);
    const goesOn = previous?.ids.some((id) => decodeIds.includes(id)) === true;
    if (goesOn) gap.observe(labels, (startedAtMs - (previous?.atMs ?? startedAtMs)) / 1000);
    lastStep.set(modelId, { atMs: startedAtMs, ids: decodeIds });
  };
}
