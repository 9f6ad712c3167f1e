// The load of this host's GPUs as a worker knows it: told by the process that samples them, forgotten when that falls silent.
import type { Clock } from '@tollgate/service-kit/clock';
import { type GpuContext, type GpuLoad, staleAfterMs } from './gpu-sampler.ts';

export interface ToldGpuContext extends GpuContext {
  readonly tell: (load: GpuLoad | null) => void;
}

export function createGpuContext({
  clock,
  intervalMs,
}: {
  readonly clock: Clock;
  /** Between two samples. */
  readonly intervalMs: number;
}): ToldGpuContext {
  const staleMs = staleAfterMs(intervalMs);
  let latest: GpuLoad | null = null;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    tell: (load) => {
      latest = load;
      toldAtMs = clock.monotonicMs();
    },
    busiestGpu: () => (clock.monotonicMs() - toldAtMs <= staleMs ? latest : null),
  };
}
