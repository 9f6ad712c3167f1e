// Puts the server together from its settings: registry, metrics, HTTP. Reads no environment.

import { join } from 'node:path';
import { systemClock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { RunningService } from '@tollgate/service-kit/run-service';
import type { EngineWorkerData } from './engine/engine-messages.ts';
import { createStuckThreads } from './engine/stuck-threads.ts';
import { BUNDLED_MODEL_DIR, BUNDLED_MODEL_NAME, type InferenceSettings } from './inference-config.ts';
import { loadModel } from './model/loaded-model.ts';
import { type ModelDirectory, readModelDirectory } from './model/model-directory.ts';
import { createHealthMonitor, type HealthMonitor } from './model/model-health.ts';
import { probeTarget } from './model/model-probe.ts';
import { createModelRegistry, findModelDirectories, type ModelRegistry } from './model/model-registry.ts';
import { createInferenceMetrics, type InferenceMetrics } from './serve/inference-metrics.ts';
import { createInferenceServer } from './serve/inference-server.ts';
import { createJobStore } from './serve/job-store.ts';
import type { RequestTracer } from './serve/request-tracer.ts';
import { createScheduleLog, type ScheduleLog } from './serve/schedule-page.ts';

const VERSION = '0.1.0';
const PREFIX_BLOCK_TOKENS = 32;
const STOP_GRACE_MS = 5_000;

export interface StartInferenceOptions {
  readonly settings: InferenceSettings;
  readonly log: Logger;
}

export interface RunningInference extends RunningService {
  readonly url: string;
  readonly registry: ModelRegistry;
}

export async function startInference({ settings, log }: StartInferenceOptions): Promise<RunningInference> {
  const metrics = createInferenceMetrics();
  const scheduleLog = createScheduleLog();
  const clock = systemClock;
  const health = createHealthMonitor({
    targets: () =>
      registry.models.flatMap(({ loaded }) => (loaded === null ? [] : [probeTarget(loaded, clock)])),
    onChange: (name, { state }) => metrics.health(name, state),
    ...{ clock, log },
  });
  const registry = createRegistry({ settings, log, metrics, scheduleLog, health });
  const jobs = createJobStore({ ttlMs: settings.jobTtlMs, maxJobs: settings.maxJobs, clock });
  const { maxBodyBytes, apiKey } = settings;
  const context = { registry, metrics, health, clock, log };
  const tracer = await createTracer(settings, log);
  const app = createInferenceServer({ context, jobs, scheduleLog, maxBodyBytes, apiKey, recorder: tracer });
  await registry.acquire(undefined);
  await health.check();
  const probing = setInterval(() => void health.check(), settings.probeIntervalMs);
  const url = await app.listen({ host: settings.host, port: settings.port });
  return {
    ready: { url },
    ...{ url, registry },
    stop: async () => {
      clearInterval(probing);
      await jobs.stop();
      // What was taken is finished, within reason; then the engines go and end the rest with an error.
      const closed = app.close();
      const late = new Promise<void>((resolve) => setTimeout(resolve, STOP_GRACE_MS).unref());
      await Promise.race([closed, late]);
      await registry.stop();
      app.server.closeAllConnections();
      await closed;
      await tracer?.stop();
    },
  };
}

/** The tracer's packages are large, so they are loaded only where spans are wanted. */
async function createTracer(settings: InferenceSettings, log: Logger): Promise<RequestTracer | null> {
  const { otlpEndpoint: endpoint, traceSampleRatio: sampleRatio } = settings;
  if (endpoint === undefined) return null;
  const { createRequestTracer } = await import('./serve/request-tracer.ts');
  return createRequestTracer({ endpoint, sampleRatio, version: VERSION, log });
}

interface RegistryOptions extends StartInferenceOptions {
  readonly metrics: InferenceMetrics;
  readonly scheduleLog: ScheduleLog;
  readonly health: HealthMonitor;
}

function createRegistry(options: RegistryOptions): ModelRegistry {
  const { settings, log, metrics, scheduleLog, health } = options;
  const stuckThreads = createStuckThreads({ allowed: settings.stuckThreads, onChange: metrics.stuckThreads });
  return createModelRegistry({
    directories: findModelDirectories(
      settings.model,
      { variant: settings.variant, ...nameOf(settings) },
      (error) => log.warn({ exception: error }, 'model.passed_over'),
    ),
    memoryBudgetBytes: settings.memoryBudgetBytes,
    memoryBytesOf: ({ weightBytes }) => weightBytes * 2 + settings.prefixCacheBytes,
    load: async (directory) => {
      const name = directory.name;
      const loaded = await loadModel({
        ...{ directory, log, data: engineDataOf(directory, settings) },
        stall: {
          stallMs: settings.stallSeconds * 1000,
          loadStallMs: settings.loadStallSeconds * 1000,
          stuckThreads,
          onHung: ({ message }) => {
            metrics.hung(name);
            health.fail(name, message);
          },
        },
        onReplaced: () => void health.check(),
        onRound: (record, gauges) => {
          metrics.round(name, record, gauges);
          if (record !== null) scheduleLog.add(name, record);
        },
      });
      metrics.modelLoaded(name, loaded.loadMs / 1000);
      return loaded;
    },
    reread: ({ path, name }) => ({ ...readModelDirectory(path, { variant: settings.variant }), name }),
    onUnload: (name) => metrics.modelUnloaded(name),
    log,
  });
}

function nameOf({ model, servedModelName, variant }: InferenceSettings): { name?: string } {
  if (servedModelName !== undefined) return { name: servedModelName };
  if (model !== BUNDLED_MODEL_DIR) return {};
  return { name: variant === null ? BUNDLED_MODEL_NAME : `${BUNDLED_MODEL_NAME}-${variant}` };
}

function engineDataOf(directory: ModelDirectory, settings: InferenceSettings): EngineWorkerData {
  const { contextTokens, endTokenIds, modelFile, path } = directory;
  const { device, threads, scheduler, maxBatch, maxQueue, maxWaitMs, chunkTokens, draftTokens } = settings;
  return {
    ...{ modelFile, contextTokens, endTokenIds, device, threads, scheduler },
    tokenizerFile: join(path, 'tokenizer.json'),
    limits: {
      ...{ maxBatch, maxQueue, maxWaitMs, chunkTokens, draftTokens, ageingMs: settings.ageingMs },
      ...{ prefixCacheBytes: settings.prefixCacheBytes, prefixBlockTokens: PREFIX_BLOCK_TOKENS },
      kvBudgetTokens: settings.kvTokens ?? null,
    },
  };
}
