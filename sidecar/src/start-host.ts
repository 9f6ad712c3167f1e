// What a sidecar has once on a host, however many workers it has: the sampling of GPUs and their metrics.
import { hostname } from 'node:os';
import type { GpuSample } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { SidecarConfig } from './config.ts';
import { createGpuSampler, type GpuSampler } from './gpu/gpu-sampler.ts';
import { idOf } from './start-data-path.ts';
import { createMetricRegistry } from './telemetry/metric-registry.ts';
import type { MetricFamily } from './telemetry/metric-text.ts';
import { registerGpuMetrics } from './telemetry/telemetry-metrics.ts';

export interface HostOptions {
  readonly config: SidecarConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onGpuSamples: (samples: readonly GpuSample[]) => void;
}

export interface Host {
  /** Null where GPUs are not to be sampled. */
  readonly gpus: GpuSampler | null;
  readonly metrics: () => MetricFamily[];
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function createHost({ config, clock, log, onGpuSamples }: HostOptions): Host {
  const registry = createMetricRegistry({ maxSeries: config.telemetry.maxSeriesPerMetric });
  const { enabled, intervalMs, libraryPath } = config.sidecar.gpu;
  const gpus = enabled
    ? createGpuSampler({
        sidecarId: idOf(config),
        host: hostname(),
        clock,
        log,
        intervalMs,
        ...(libraryPath === undefined ? {} : { libraryPath }),
        onSamples: onGpuSamples,
      })
    : null;
  if (gpus !== null) registerGpuMetrics(registry, gpus);
  return {
    gpus,
    metrics: registry.snapshot,
    start: async () => void (await gpus?.start()),
    stop: async () => await gpus?.stop(),
  };
}
