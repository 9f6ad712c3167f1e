// A sidecar of one process: the data path, what a host has once, a port for clients and one for operators.
import { type Clock, systemClock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { RunningService } from '@tollgate/service-kit/run-service';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { SidecarConfig } from './config.ts';
import { openClientPort } from './proxy/client-port.ts';
import { type DataPath, startDataPath } from './start-data-path.ts';
import { createHost } from './start-host.ts';
import { stopTimeoutMs } from './stop-timeout.ts';
import { startAdminServer } from './telemetry/admin-server.ts';
import { renderFamilies } from './telemetry/metric-text.ts';

export async function startSidecar(
  config: SidecarConfig,
  log: Logger,
  clock: Clock = systemClock,
): Promise<RunningService> {
  const { sidecar } = config;
  const host = createHost({
    config,
    clock,
    log,
    onGpuSamples: (samples) => {
      for (const sample of samples) dataPath.recorder.record({ kind: 'gpu_sample', ...sample });
    },
  });
  const dataPath: DataPath = await startDataPath({
    config: await host.open(),
    clock,
    log,
    gpus: host.gpus,
  });
  let stopping = false;
  const processMetrics = new Registry();
  collectDefaultMetrics({ register: processMetrics });
  const admin = await startAdminServer({
    host: sidecar.adminHost ?? sidecar.host,
    port: sidecar.adminPort,
    metrics: async () =>
      renderFamilies([...dataPath.metrics(), ...host.metrics()]) + (await processMetrics.metrics()),
    health: async () => ({ unready: stopping ? ['stopping'] : [], degraded: dataPath.degraded() }),
  });
  const clients = await openClientPort({
    host: sidecar.host,
    port: sidecar.port,
    onConnection: dataPath.accept,
    log,
  });
  await host.start(clients.url);
  return {
    ready: { url: clients.url, adminUrl: admin.url },
    stop: async () => {
      stopping = true;
      clients.close();
      await Promise.all([dataPath.stop(), host.stop()]);
      await admin.stop();
    },
    stopTimeoutMs: stopTimeoutMs(config),
  };
}
