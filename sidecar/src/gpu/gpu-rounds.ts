// What the sampling process tells the sidecar over its IPC channel.
import type { GpuDevice } from './nvml-devices.ts';
import type { GpuReadings } from './nvml-readings.ts';

/** One device's readings in one round. The driver's handle stays in the process that holds it. */
export type GpuRow = Omit<GpuDevice, 'handle'> & { readonly readings: GpuReadings };

export type GpuMessage =
  | { readonly kind: 'absent'; readonly reason: string }
  | { readonly kind: 'round'; readonly rows: readonly GpuRow[] }
  | { readonly kind: 'trouble'; readonly reason: string };
