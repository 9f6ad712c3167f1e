// One sidecar process put together: telemetry first, then what it follows, the data path last. Reads no environment.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { TOLLGATE_METRICS } from '@tollgate/contract';
import { systemClock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { RunningService } from '@tollgate/service-kit/run-service';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SidecarConfig } from './config.ts';
import { createContentScanner } from './filter/content-scanner.ts';
import { createGpuSampler, type GpuSampler } from './gpu/gpu-sampler.ts';
import { createUpstreamRouter } from './policy/upstream-route.ts';
import { createExchange } from './proxy/exchange.ts';
import { createCallFollower } from './proxy/follow-calls.ts';
import { startProxyServer } from './proxy/proxy-server.ts';
import { createUpstreamPools } from './proxy/upstream-pools.ts';
import { startAdminServer } from './telemetry/admin-server.ts';
import { createCallIdSource } from './telemetry/call-id.ts';
import { createCallMetrics } from './telemetry/call-metrics.ts';
import type { CallTracer } from './telemetry/call-tracer.ts';
import { readDigestKey } from './telemetry/digest-key.ts';
import { createMetricRegistry, setTo } from './telemetry/metric-registry.ts';
import { renderFamilies } from './telemetry/metric-text.ts';
import { createTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { registerGpuMetrics, registerTelemetryMetrics } from './telemetry/telemetry-metrics.ts';

const VERSION = '0.1.0';
const clock = systemClock;

export async function startSidecar(config: SidecarConfig, log: Logger): Promise<RunningService> {
  const { sidecar, telemetry: settings } = config;
  const sidecarId = sidecar.id ?? hostname();
  const directory = join(config.dataDir, 'sidecar');
  const createCallId = createCallIdSource();
  const bootId = createCallId(clock.nowMicros());
  const telemetry = createTelemetry({ sidecarId, bootId, version: VERSION, directory, settings, clock, log });
  const registry = createMetricRegistry({ maxSeries: settings.maxSeriesPerMetric });
  registerTelemetryMetrics(registry, telemetry, settings.spool.maxBytes);
  const build = registry.gauge({
    name: TOLLGATE_METRICS.buildInfo,
    help: 'Always 1; the labels say what runs',
    labels: ['service', 'version'],
  });
  setTo(build.series('sidecar', VERSION), 1);
  const gpus = createGpus(config, { sidecarId, telemetry, log });
  if (gpus !== null) registerGpuMetrics(registry, gpus);
  const digestKey = readDigestKey(directory, log);
  const tracer = await createTracer(config, sidecarId, log);
  const pools = createUpstreamPools(config.upstreams, sidecar.egressProxy);
  const { enabled: filterOn, ...filter } = sidecar.filter;
  const calls = createCallFollower({
    sidecarId,
    recorder: telemetry.recorder,
    metrics: createCallMetrics({ registry, clock }),
    digestKey,
    clock,
    log,
    scanner: filterOn ? createContentScanner({ key: digestKey, ...filter }) : null,
    gpus,
    tracer,
  });
  const exchange = createExchange({
    route: createUpstreamRouter(config.upstreams),
    pools,
    clock,
    createCallId,
    inspectMaxBytes: sidecar.inspectMaxBytes,
    drainOnAbort: sidecar.drainOnAbort ?? null,
    calls,
  });
  await telemetry.start();
  await gpus?.start();
  let stopping = false;
  const processMetrics = new Registry();
  collectDefaultMetrics({ register: processMetrics });
  const admin = await startAdminServer({
    host: sidecar.adminHost ?? sidecar.host,
    port: sidecar.adminPort,
    metrics: async () => renderFamilies(registry.snapshot()) + (await processMetrics.metrics()),
    unready: () => (stopping ? ['stopping'] : []),
    degraded: () => degradations(telemetry),
  });
  const proxy = await startProxyServer({ exchange, host: sidecar.host, port: sidecar.port });
  return {
    ready: { url: proxy.url, adminUrl: admin.url },
    stop: async () => {
      stopping = true;
      await proxy.stop(sidecar.shutdown.drainMs);
      await Promise.all([telemetry.stop(sidecar.shutdown.shipMs), tracer?.stop(), gpus?.stop()]);
      await Promise.all([pools.close(), admin.stop()]);
    },
  };
}

interface GpuDeps {
  readonly sidecarId: string;
  readonly telemetry: Telemetry;
  readonly log: Logger;
}

function createGpus({ sidecar }: SidecarConfig, { sidecarId, telemetry, log }: GpuDeps): GpuSampler | null {
  const { enabled, intervalMs, libraryPath } = sidecar.gpu;
  if (!enabled) return null;
  return createGpuSampler({
    sidecarId,
    host: hostname(),
    clock,
    log,
    intervalMs,
    ...(libraryPath === undefined ? {} : { libraryPath }),
    onSamples: (samples) => {
      for (const sample of samples) telemetry.recorder.record({ kind: 'gpu_sample', ...sample });
    },
  });
}

/** The tracer's packages are large, so they are loaded only where spans are wanted. */
async function createTracer(
  { telemetry }: SidecarConfig,
  sidecarId: string,
  log: Logger,
): Promise<CallTracer | null> {
  const { otlpEndpoint: endpoint, traceSampleRatio: sampleRatio } = telemetry;
  if (endpoint === undefined) return null;
  const { createCallTracer } = await import('./telemetry/call-tracer.ts');
  return createCallTracer({ endpoint, version: VERSION, sidecarId, sampleRatio, log });
}

function degradations({ spool, shipper, drops }: Telemetry): string[] {
  const trouble = shipper.trouble();
  return [
    ...(trouble === null ? [] : [`shipping: ${trouble}`]),
    ...(spool.diskWorks() ? [] : ['spool: the disk fails, events are held in memory']),
    ...(drops.entries().length === 0 ? [] : ['events were dropped, see tollgate_events_dropped_total']),
  ];
}
