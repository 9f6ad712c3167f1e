// Samples this host's GPUs by NVML, once a second by default, in a process of its own. An absent library, driver or
// card is one log line; a driver that hangs or crashes is another, never the sidecar's trouble.
import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatTimestamp, type GpuSample } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { GpuMessage, GpuRow } from './gpu-rounds.ts';
import { findNvml } from './nvml-library.ts';

export interface GpuSamplerOptions {
  readonly sidecarId: string;
  readonly host: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** One sample a GPU and MIG instance, after each round. */
  readonly onSamples: (samples: readonly GpuSample[]) => void;
  /** Default 1000. */
  readonly intervalMs?: number;
  /** Default `libnvidia-ml.so.1`, found by the system's loader. */
  readonly libraryPath?: string;
  /** Wait before a sampling process that died is started again; doubles up to an hour. Default 10,000. */
  readonly restartDelayMs?: number;
}

/** What a call's record says of the GPU beside it. */
export interface GpuLoad {
  readonly utilizationPct: number | null;
  readonly memoryUsedBytes: number | null;
}

/** What calls are given of the GPUs beside them. */
export interface GpuContext {
  /** The GPU with the highest utilisation in the latest round; null where there is none or it is stale. */
  readonly busiestGpu: () => GpuLoad | null;
}

export interface GpuSampler extends GpuContext {
  /** Looks for NVML and begins to sample. Resolves at once with whether there is a library; never rejects. */
  readonly start: () => Promise<boolean>;
  /** Ends the sampling process; one that hangs is killed after a second. */
  readonly stop: () => Promise<void>;
  /** True while samples arrive: for the gauge. */
  readonly isUp: () => boolean;
  readonly latest: () => readonly GpuSample[];
}

export const DEFAULT_NVML_PATH = 'libnvidia-ml.so.1';
const STALE_ROUNDS = 5;
const STOP_WAIT_MS = 1000;
const LONGEST_RESTART_MS = 3_600_000;

export function createGpuSampler(options: GpuSamplerOptions): GpuSampler {
  const { clock, log, onSamples, intervalMs = 1000, libraryPath = DEFAULT_NVML_PATH } = options;
  const staleMs = staleAfterMs(intervalMs);
  let child: ChildProcess | null = null;
  let samples: readonly GpuSample[] = [];
  let sampledAtMs = Number.NEGATIVE_INFINITY;
  let troubled = false;
  let given = false;
  let restartDelayMs = options.restartDelayMs ?? 10_000;
  let restart: NodeJS.Timeout | undefined;

  function receive(message: GpuMessage): void {
    if (message.kind === 'round') {
      sampledAtMs = clock.monotonicMs();
      samples = toSamples(message.rows, options);
      if (troubled) log.info({ gpus: samples.length }, 'gpu sampling works again');
      troubled = false;
      if (samples.length > 0) onSamples(samples);
    } else if (message.kind === 'absent') {
      given = true;
      log.info({ reason: message.reason }, 'no gpu samples');
    } else {
      if (!troubled) log.warn({ reason: message.reason }, 'gpu sampling failed');
      troubled = true;
    }
  }

  function spawn(): void {
    const started = forkSampling(libraryPath, intervalMs);
    child = started;
    started.on('message', (message) => receive(message as GpuMessage));
    started.on('error', (exception) =>
      log.warn({ exception }, 'the gpu sampling process could not be started'),
    );
    started.once('exit', (exitCode, signal) => {
      if (child !== started) return;
      child = null;
      if (given) return;
      log.warn({ exitCode, signal, restartDelayMs }, 'the gpu sampling process died');
      restart = setTimeout(spawn, restartDelayMs);
      restart.unref();
      restartDelayMs = Math.min(LONGEST_RESTART_MS, restartDelayMs * 2);
    });
  }

  function isUp(): boolean {
    return samples.length > 0 && clock.monotonicMs() - sampledAtMs <= staleMs;
  }

  return {
    async start() {
      const problem = await findNvml(libraryPath);
      if (problem === null) spawn();
      else log.info({ reason: problem }, 'no gpu samples');
      return problem === null;
    },
    async stop() {
      clearTimeout(restart);
      const running = child;
      child = null;
      if (running !== null) await end(running);
    },
    isUp,
    latest: () => samples,
    busiestGpu: () => (isUp() ? findBusiest(samples) : null),
  };
}

/** A load older than this says nothing of now. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(intervalMs * STALE_ROUNDS, 5000);
}

function forkSampling(libraryPath: string, intervalMs: number): ChildProcess {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const started = fork(
    fileURLToPath(new URL('./gpu-sampling-process.ts', import.meta.url)),
    [libraryPath, String(intervalMs)],
    { execArgv: ['--import', loader], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  started.unref();
  started.channel?.unref();
  return started;
}

async function end(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const kill = setTimeout(() => {
      running.kill('SIGKILL');
      resolve();
    }, STOP_WAIT_MS);
    running.once('exit', () => {
      clearTimeout(kill);
      resolve();
    });
    running.ref();
    if (running.connected) running.disconnect();
  });
  running.unref();
}

function toSamples(rows: readonly GpuRow[], { clock, sidecarId, host }: GpuSamplerOptions): GpuSample[] {
  const sampled_at = formatTimestamp(clock.nowMicros());
  return rows.map((row) => ({
    sampled_at,
    sidecar_id: sidecarId,
    host,
    gpu_index: row.index,
    gpu_uuid: row.uuid,
    gpu_name: row.name,
    mig_uuid: row.migUuid,
    ...row.readings,
  }));
}

function findBusiest(samples: readonly GpuSample[]): GpuLoad | null {
  let found: GpuSample | null = null;
  for (const sample of samples) {
    if (found === null || weightOf(sample) > weightOf(found)) found = sample;
  }
  return found === null
    ? null
    : { utilizationPct: found.utilization_pct, memoryUsedBytes: found.memory_used_bytes };
}

/** Cards with MIG report no utilisation: the fullest instance stands in. */
function weightOf(sample: GpuSample): number {
  if (sample.utilization_pct !== null) return 1 + sample.utilization_pct;
  return (sample.memory_used_bytes ?? 0) / Math.max(1, sample.memory_total_bytes ?? 1);
}
