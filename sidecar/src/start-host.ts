// What a sidecar has once on a host, however many workers it has: the sampling of GPUs, the canary, and their metrics.
import { hostname } from 'node:os';
import type { GpuSample } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import { createCanary } from './canary/canary.ts';
import { withCanaryUpstream } from './canary/canary-upstream.ts';
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
  /** The configuration for the data path, which the canary's upstream is added to. */
  readonly open: () => Promise<SidecarConfig>;
  /** Once the data path serves at this address. */
  readonly start: (sidecarUrl: string) => Promise<void>;
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
  const canary = config.sidecar.canary.enabled
    ? createCanary({ registry, intervalMs: config.sidecar.canary.intervalMs, log })
    : null;
  return {
    gpus,
    metrics: registry.snapshot,
    open: async () => {
      const responderUrl = (await canary?.open()) ?? null;
      return responderUrl === null ? config : withCanaryUpstream(config, responderUrl);
    },
    start: async (sidecarUrl) => {
      await gpus?.start();
      canary?.watch(sidecarUrl);
    },
    stop: async () => {
      await Promise.all([gpus?.stop(), canary?.stop()]);
    },
  };
}
