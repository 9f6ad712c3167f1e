// A sidecar beside the server that records this machine's GPUs by NVML, as it does in production, and what it recorded while
// something ran. Its samples are read from the batches that it sends to its collector.
import type { GpuSample } from '@tollgate/contract';
import { startSidecarProcess } from '../../e2e/running-sidecar.ts';
import { createFakeCollector } from '../../fakes/fake-collector.ts';
import { mean } from '../inference/spread.ts';

export interface GpuWatch {
  /** Of the first card; null where none was sampled within a few seconds. */
  readonly cardName: string | null;
  /** Means over the samples that were taken while `run` ran; a figure that the card does not tell is not a number. */
  during<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly load: WatchedLoad }>;
  close(): Promise<void>;
}

export interface WatchedLoad {
  readonly samples: number;
  readonly watts: number;
  readonly utilizationPct: number;
  readonly memoryBytes: number;
}

const SAMPLE_MS = 100;
/** A card tells its power as a mean of a fraction of a second: what ran just before would count as well. */
const SETTLING_MS = 500;
const FIRST_SAMPLE_MS = 5_000;

export async function createGpuWatch(nvml: string | null): Promise<GpuWatch> {
  const collector = await createFakeCollector();
  const gpu = { intervalMs: SAMPLE_MS, ...(nvml === null ? {} : { libraryPath: nvml }) };
  const sidecar = await startSidecarProcess({
    ...{ collectorUrl: collector.url, upstreamUrl: 'http://127.0.0.1:9' },
    config: { sidecar: { gpu } },
  });
  const samples = (): GpuSample[] =>
    collector
      .events()
      .filter((event) => event.kind === 'gpu_sample')
      .filter(({ gpu_index, mig_uuid }) => gpu_index === 0 && mig_uuid === '');
  const firstSample = async () => {
    try {
      await collector.until(() => samples().length > 0, FIRST_SAMPLE_MS);
      return samples()[0] ?? null;
    } catch {
      // No card, or no driver: the caller says what is needed.
      return null;
    }
  };
  const first = await firstSample();
  return {
    cardName: first?.gpu_name ?? null,
    async during(run) {
      const startedAt = new Date(Date.now() + SETTLING_MS).toISOString();
      const result = await run();
      const endedAt = new Date().toISOString();
      const within = () =>
        samples().filter(({ sampled_at }) => sampled_at >= startedAt && sampled_at <= endedAt);
      const last = () => samples().at(-1)?.sampled_at ?? '';
      if (first !== null) await collector.until(() => last() > endedAt, FIRST_SAMPLE_MS);
      return { result, load: loadOf(within()) };
    },
    async close() {
      await sidecar.stop();
      await collector.close();
    },
  };
}

function loadOf(samples: readonly GpuSample[]): WatchedLoad {
  const told = (read: (sample: GpuSample) => number | null) =>
    mean(samples.flatMap((sample) => read(sample) ?? []));
  return {
    samples: samples.length,
    watts: told(({ power_watts }) => power_watts),
    utilizationPct: told(({ utilization_pct }) => utilization_pct),
    memoryBytes: told(({ memory_used_bytes }) => memory_used_bytes),
  };
}
