// The workers of one sidecar: started, watched and stopped together, shown as one.
import type { GpuSample } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import type { SidecarConfig } from '../config.ts';
import type { GpuLoad } from '../gpu/gpu-sampler.ts';
import type { MetricFamily } from '../telemetry/metric-text.ts';
import type { ConnectionDealer } from './connection-dealer.ts';
import { mergeFamilies } from './merge-families.ts';
import { createWorkerProcess } from './worker-process.ts';

/** What a worker counted since its last report is lost with it; the ledger has it none the less. */
const REPORT_INTERVAL_MS = 5_000;

export interface WorkerPoolOptions {
  readonly config: SidecarConfig;
  readonly dealer: ConnectionDealer;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

export interface PoolMetrics {
  /** Summed over all workers, those that are gone included. */
  readonly families: MetricFamily[];
  /** What prom-client says of each worker's process, as its JSON. */
  readonly processMetrics: readonly (readonly object[])[];
}

export interface WorkerPool {
  /** Resolves once all serve; rejects where one ends before it does. */
  readonly start: () => Promise<void>;
  readonly stop: (timeoutMs: number) => Promise<void>;
  readonly metrics: () => Promise<PoolMetrics>;
  /** Why no call could be served now; empty while one worker serves. */
  readonly unready: () => string[];
  readonly degraded: () => Promise<string[]>;
  /** For the calls of every worker. */
  readonly tellGpuLoad: (load: GpuLoad | null) => void;
  /** For the spool of one worker. */
  readonly recordGpuSamples: (samples: readonly GpuSample[]) => void;
}

export function createWorkerPool({ config, dealer, env, log }: WorkerPoolOptions): WorkerPool {
  const count = config.sidecar.workers;
  const workers = Array.from({ length: count }, (_, index) =>
    createWorkerProcess({ slot: index + 1, config: shareOf(config, count), dealer, env, log }),
  );
  const reports = () => Promise.all(workers.map((worker) => worker.report()));
  let timer: NodeJS.Timeout | null = null;

  return {
    start: async () => {
      await Promise.all(workers.map((worker) => worker.start()));
      timer = setInterval(() => void reports(), REPORT_INTERVAL_MS);
    },
    stop: async (timeoutMs) => {
      if (timer !== null) clearInterval(timer);
      await Promise.all(workers.map((worker) => worker.stop(timeoutMs)));
    },
    metrics: async () => {
      const current = (await reports()).filter((report) => report !== null);
      const former = workers.map((worker) => worker.formerFamilies());
      return {
        families: mergeFamilies([...former, ...current.map(({ families }) => families)]),
        processMetrics: current.map(({ processMetrics }) => processMetrics),
      };
    },
    unready: () => (workers.some((worker) => worker.serves()) ? [] : ['no worker serves']),
    degraded: async () => {
      const found = await reports();
      return workers.flatMap((worker, index) => {
        const name = `worker ${worker.slot}`;
        const { lastExit } = worker.status();
        const why = lastExit === '' ? '' : `, its last run ended with ${lastExit}`;
        const absent = worker.serves() ? [] : [`${name} does not serve${why}`];
        return [...absent, ...(found[index]?.degraded ?? []).map((reason) => `${name}: ${reason}`)];
      });
    },
    tellGpuLoad: (load) => {
      for (const worker of workers) worker.tell({ kind: 'gpu_load', load });
    },
    recordGpuSamples: (samples) => {
      workers.find((worker) => worker.serves())?.tell({ kind: 'gpu_samples', samples });
    },
  };
}

/** What may wait on disk and in memory is a limit of the whole sidecar: each worker has its part of it. */
function shareOf(config: SidecarConfig, count: number): SidecarConfig {
  const { spool } = config.telemetry;
  const part = {
    ...spool,
    maxBytes: Math.floor(spool.maxBytes / count),
    memoryMaxBytes: Math.floor(spool.memoryMaxBytes / count),
  };
  return { ...config, telemetry: { ...config.telemetry, spool: part } };
}
