// What a sidecar of several processes and its workers tell each other over IPC. Workers read no configuration themselves:
// all of them, later ones too, run with what the first was started with.
import type { GpuSample } from '@tollgate/contract';
import type { SidecarConfig } from '../config.ts';
import type { GpuLoad } from '../gpu/gpu-sampler.ts';
import type { MetricFamily } from '../telemetry/metric-text.ts';

export type ToWorker =
  | { readonly kind: 'start'; readonly slot: number; readonly config: SidecarConfig }
  /** Comes with the client's socket, of which nothing was read. */
  | { readonly kind: 'connection'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'gpu_load'; readonly load: GpuLoad | null }
  /** For one worker alone, which records them. */
  | { readonly kind: 'gpu_samples'; readonly samples: readonly GpuSample[] };

export type FromWorker =
  /** The connection is the worker's now: it lives and dies with it. */
  | { readonly kind: 'taken'; readonly id: number }
  | { readonly kind: 'report'; readonly id: number; readonly report: WorkerReport };

export interface WorkerReport {
  readonly families: readonly MetricFamily[];
  /** What prom-client says of the worker's process, as its JSON. */
  readonly processMetrics: readonly object[];
  readonly degraded: readonly string[];
}
