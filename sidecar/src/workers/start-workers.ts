// A sidecar over several processes: this one holds both ports, deals connections out to workers, and shows them as one. It
// serves no call itself, so that nothing a call does can take the port away from the others.
import { systemClock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { RunningService } from '@tollgate/service-kit/run-service';
import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import type { SidecarConfig } from '../config.ts';
import { openClientPort } from '../proxy/client-port.ts';
import { stateDirectory } from '../start-data-path.ts';
import { createHost } from '../start-host.ts';
import { stopTimeoutMs } from '../stop-timeout.ts';
import { startAdminServer } from '../telemetry/admin-server.ts';
import { readDigestKey } from '../telemetry/digest-key.ts';
import { renderFamilies } from '../telemetry/metric-text.ts';
import { createConnectionDealer } from './connection-dealer.ts';
import { mergeFamilies } from './merge-families.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

const clock = systemClock;

export interface StartWorkersOptions {
  readonly config: SidecarConfig;
  /** Passed on to the workers. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

export async function startWorkers({ config, env, log }: StartWorkersOptions): Promise<RunningService> {
  const { sidecar } = config;
  // Made here once: workers that start side by side must not each make one.
  readDigestKey(stateDirectory(config), log);
  const dealer = createConnectionDealer();
  const host = createHost({
    config,
    clock,
    log,
    onGpuSamples: (samples) => {
      pool.recordGpuSamples(samples);
      pool.tellGpuLoad(host.gpus?.busiestGpu() ?? null);
    },
  });
  const pool: WorkerPool = createWorkerPool({ config: await host.open(), dealer, env, log });
  await pool.start();
  let stopping = false;
  const ownProcess = new Registry();
  collectDefaultMetrics({ register: ownProcess, labels: { worker: 'parent' } });
  const admin = await startAdminServer({
    host: sidecar.adminHost ?? sidecar.host,
    port: sidecar.adminPort,
    metrics: async () => {
      const { families, processMetrics } = await pool.metrics();
      const own = await ownProcess.getMetricsAsJSON();
      const text = renderFamilies(mergeFamilies([families, host.metrics()]));
      return text + (await renderApart([own, ...processMetrics]));
    },
    health: async () => ({
      unready: stopping ? ['stopping'] : pool.unready(),
      degraded: await pool.degraded(),
    }),
  });
  const clients = await openClientPort({
    host: sidecar.host,
    port: sidecar.port,
    onConnection: dealer.deal,
    paused: true,
    log,
  });
  await host.start(clients.url);
  const stopMs = stopTimeoutMs(config);
  return {
    ready: { url: clients.url, adminUrl: admin.url },
    stop: async () => {
      stopping = true;
      clients.close();
      dealer.close();
      await Promise.all([pool.stop(stopMs), host.stop()]);
      await admin.stop();
    },
    // Its own end comes after the last worker's.
    stopTimeoutMs: stopMs + 1_000,
  };
}

/** The processes' own metrics differ by their `worker`: under `sum` none is added up and none left out. */
async function renderApart(pages: readonly (readonly object[])[]): Promise<string> {
  const summed = pages.map((page) => page.map((metric) => ({ ...metric, aggregator: 'sum' })));
  return await AggregatorRegistry.aggregate(summed).metrics();
}
