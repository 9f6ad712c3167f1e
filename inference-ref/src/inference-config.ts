// The settings of the reference server, from the `inference` section and the environment.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@tollgate/service-kit/config';
import { z } from 'zod';
import { devices } from './engine/onnx-session.ts';
import { schedulers } from './scheduler/batch-policy.ts';

export const BUNDLED_MODEL_NAME = 'tollgate-tiny';
export const BUNDLED_MODEL_DIR = fileURLToPath(new URL('../bundled-model/', import.meta.url));

const count = z.coerce.number().int();

const Inference = z
  .strictObject({
    host: z.string().default('127.0.0.1'),
    port: count.min(0).max(65_535).default(8000),
    /** A model directory, or a directory of model directories. */
    model: z.string().default(BUNDLED_MODEL_DIR),
    /** What clients call a single model; default: its directory's name. */
    servedModelName: z.string().min(1).optional(),
    /** Which quantised graph of a directory: `int8` means model_int8.onnx. */
    variant: z.string().nullable().default(null),
    device: z.enum(devices).default('auto'),
    scheduler: z.enum(schedulers).default('continuous'),
    maxBatch: count.min(1).max(256).default(32),
    /** Requests that may wait; more are refused with 429. */
    maxQueue: count.min(1).default(256),
    /** Dynamic batching: how long the first request of a batch waits. */
    maxWaitMs: count.min(0).default(100),
    /** Tokens that all live sequences of a model may hold; default: a full context for each row, at most 1 GiB. */
    kvTokens: count.min(1).optional(),
    /** Prompt tokens computed between two decode steps. */
    chunkTokens: count.min(1).default(256),
    /** Tokens guessed ahead by lookup where one greedy sequence runs alone; 0 turns it off. */
    draftTokens: count.min(0).max(16).default(0),
    prefixCacheBytes: count.min(0).default(64 * 1024 ** 2),
    /** Weights and caches of loaded models; beyond it the least recently used model is unloaded. */
    memoryBudgetBytes: count.min(1).default(4 * 1024 ** 3),
    /** Threads of one operator on the CPU; default: all cores but one, which the HTTP side needs. */
    threads: count.min(1).default(Math.max(1, availableParallelism() - 1)),
    /** A waiting request moves up one priority level each time this passes. */
    ageingMs: count.min(1).default(10_000),
    maxBodyBytes: count.min(1).default(8 * 1024 ** 2),
    apiKey: z.string().min(1).optional(),
    /** An engine that has work and reports nothing for so long is given up and replaced; 0: never. Slow rounds raise it. */
    stallSeconds: count.min(0).default(60),
    /** The same while an engine loads its model. */
    loadStallSeconds: count.min(0).default(600),
    /** Threads that may be left behind in a hung call before a model is not started again. */
    stuckThreads: count.min(0).default(2),
    probeIntervalMs: count.min(100).default(60_000),
    jobTtlMs: count.min(1).default(600_000),
    maxJobs: count.min(1).default(1000),
    /** OTLP over gRPC, such as `http://127.0.0.1:4317`; spans are off without it. */
    otlpEndpoint: z.string().optional(),
    /** Share of requests that begin a trace of their own; those that come with one follow it. */
    traceSampleRatio: z.coerce.number().min(0).max(1).default(1),
  })
  .prefault({});

const InferenceConfigSchema = z.object({
  inference: Inference,
  log: z.object({ level: z.string().default('info') }).prefault({}),
});

export type InferenceSettings = z.output<typeof Inference>;

export interface InferenceConfig {
  readonly inference: InferenceSettings;
  readonly logLevel: string;
}

const ENVIRONMENT = {
  INFERENCE_HOST: 'inference.host',
  INFERENCE_PORT: 'inference.port',
  INFERENCE_MODEL: 'inference.model',
  INFERENCE_SERVED_MODEL_NAME: 'inference.servedModelName',
  INFERENCE_VARIANT: 'inference.variant',
  INFERENCE_DEVICE: 'inference.device',
  INFERENCE_SCHEDULER: 'inference.scheduler',
  INFERENCE_MAX_BATCH: 'inference.maxBatch',
  INFERENCE_MAX_QUEUE: 'inference.maxQueue',
  INFERENCE_MAX_WAIT_MS: 'inference.maxWaitMs',
  INFERENCE_KV_TOKENS: 'inference.kvTokens',
  INFERENCE_CHUNK_TOKENS: 'inference.chunkTokens',
  INFERENCE_DRAFT_TOKENS: 'inference.draftTokens',
  INFERENCE_PREFIX_CACHE_BYTES: 'inference.prefixCacheBytes',
  INFERENCE_MEMORY_BUDGET_BYTES: 'inference.memoryBudgetBytes',
  INFERENCE_THREADS: 'inference.threads',
  INFERENCE_STALL_SECONDS: 'inference.stallSeconds',
  INFERENCE_LOAD_STALL_SECONDS: 'inference.loadStallSeconds',
  INFERENCE_STUCK_THREADS: 'inference.stuckThreads',
  INFERENCE_MAX_BODY_BYTES: 'inference.maxBodyBytes',
  INFERENCE_API_KEY: 'inference.apiKey',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'inference.otlpEndpoint',
  LOG_LEVEL: 'log.level',
};

export function loadInferenceConfig(env: Readonly<Record<string, string | undefined>>): InferenceConfig {
  const { inference, log } = loadConfig({
    schema: InferenceConfigSchema,
    sections: ['inference', 'log'],
    file: env['TOLLGATE_CONFIG'] || undefined,
    env,
    envPaths: ENVIRONMENT,
  });
  return { inference, logLevel: log.level };
}
