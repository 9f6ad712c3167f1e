// What serves calls in one process, put together: telemetry first, then what it follows, the HTTP server last. Whole in a
// sidecar of one process, and in each worker of a larger one.

import type { Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TOLLGATE_METRICS } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { SidecarConfig } from './config.ts';
import { createContentScanner } from './filter/content-scanner.ts';
import type { GpuContext } from './gpu/gpu-sampler.ts';
import { createUpstreamRouter } from './policy/upstream-route.ts';
import { apartFromCanary, createForgetfulRecorder, NO_METRICS } from './proxy/canary-calls.ts';
import { createExchange } from './proxy/exchange.ts';
import { createCallFollower } from './proxy/follow-calls.ts';
import { createProxyServer } from './proxy/proxy-server.ts';
import { createUpstreamPools } from './proxy/upstream-pools.ts';
import { createCallIdSource } from './telemetry/call-id.ts';
import { createCallMetrics } from './telemetry/call-metrics.ts';
import type { CallTracer } from './telemetry/call-tracer.ts';
import { readDigestKey } from './telemetry/digest-key.ts';
import type { EventRecorder } from './telemetry/event-recorder.ts';
import { createMetricRegistry, setTo } from './telemetry/metric-registry.ts';
import type { MetricFamily } from './telemetry/metric-text.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { registerTelemetryMetrics } from './telemetry/telemetry-metrics.ts';

export const VERSION = '0.1.0';

export interface DataPathOptions {
  readonly config: SidecarConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** The load of this host's GPUs; null where they are not sampled. */
  readonly gpus: GpuContext | null;
}

export interface DataPath {
  /** Serves a client's connection, of which nothing was read yet. */
  readonly accept: (socket: Socket) => void;
  readonly recorder: EventRecorder;
  readonly metrics: () => MetricFamily[];
  /** What does not work but hurts no client. */
  readonly degraded: () => string[];
  /** Lets open answers finish, ships what is recorded, each within its limit. */
  readonly stop: () => Promise<void>;
}

export async function startDataPath({ config, clock, log, gpus }: DataPathOptions): Promise<DataPath> {
  const { sidecar, telemetry: settings } = config;
  const sidecarId = idOf(config);
  const directory = stateDirectory(config);
  const createCallId = createCallIdSource();
  const bootId = createCallId(clock.nowMicros());
  const telemetry = createTelemetry({ sidecarId, bootId, version: VERSION, directory, settings, clock, log });
  const registry = createMetricRegistry({ maxSeries: settings.maxSeriesPerMetric });
  registerTelemetryMetrics(registry, telemetry, settings.spool.maxBytes);
  const build = registry.gauge({
    name: TOLLGATE_METRICS.buildInfo,
    help: 'Always 1; the labels say what runs',
    labels: ['service', 'version'],
    merge: 'max',
  });
  setTo(build.series('sidecar', VERSION), 1);
  const digestKey = readDigestKey(directory, log);
  const tracer = await createTracer(config, log);
  const pools = createUpstreamPools(config.upstreams, sidecar.egressProxy);
  const { enabled: filterOn, ...filter } = sidecar.filter;
  const following = {
    sidecarId,
    digestKey,
    clock,
    log,
    scanner: filterOn ? createContentScanner({ key: digestKey, ...filter }) : null,
    gpus,
  };
  const calls = apartFromCanary(
    createCallFollower({
      ...following,
      recorder: telemetry.recorder,
      metrics: createCallMetrics({ registry, clock }),
      tracer,
    }),
    createCallFollower({
      ...following,
      recorder: createForgetfulRecorder(sidecarId, bootId),
      metrics: NO_METRICS,
      tracer: null,
    }),
  );
  const exchange = createExchange({
    route: createUpstreamRouter(config.upstreams),
    pools,
    clock,
    createCallId,
    inspectMaxBytes: sidecar.inspectMaxBytes,
    drainOnAbort: sidecar.drainOnAbort ?? null,
    allowedOrigins: sidecar.allowedOrigins,
    calls,
  });
  const server = await createProxyServer({ exchange });
  await telemetry.start();
  return {
    accept: server.accept,
    recorder: telemetry.recorder,
    metrics: registry.snapshot,
    degraded: () => degradations(telemetry),
    stop: async () => {
      await server.drain(sidecar.shutdown.drainMs);
      // Ends the answers that are read on after their clients left, so that these calls are recorded too.
      await pools.close();
      calls.settle();
      await Promise.all([telemetry.stop(sidecar.shutdown.shipMs), tracer?.stop()]);
    },
  };
}

/** What calls are stored under: the same for all workers, whose boots tell them apart. */
export function idOf({ sidecar }: SidecarConfig): string {
  return sidecar.id ?? hostname();
}

export function stateDirectory({ dataDir }: SidecarConfig): string {
  return join(dataDir, 'sidecar');
}

/** The tracer's packages are large, so they are loaded only where spans are wanted. */
async function createTracer(config: SidecarConfig, log: Logger): Promise<CallTracer | null> {
  const { otlpEndpoint: endpoint, traceSampleRatio: sampleRatio } = config.telemetry;
  if (endpoint === undefined) return null;
  const { createCallTracer } = await import('./telemetry/call-tracer.ts');
  return createCallTracer({ endpoint, version: VERSION, sidecarId: idOf(config), sampleRatio, log });
}

function degradations({ spool, shipper, drops }: Telemetry): string[] {
  const trouble = shipper.trouble();
  return [
    ...(trouble === null ? [] : [`shipping: ${trouble}`]),
    ...(spool.diskWorks() ? [] : ['spool: the disk fails, events are held in memory']),
    ...(drops.entries().length === 0 ? [] : ['events were dropped, see tollgate_events_dropped_total']),
  ];
}
