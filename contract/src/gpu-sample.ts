// One reading of one GPU (or MIG instance) by NVML. A value the card does not report is null, never 0.
import { z } from 'zod';
import { Timestamp } from './timestamp.ts';

const reading = z.number().nonnegative().nullable().default(null);

export const GpuSample = z.object({
  sampled_at: Timestamp,
  sidecar_id: z.string().max(128),
  host: z.string().max(256),
  gpu_index: z.int().nonnegative(),
  gpu_uuid: z.string().max(128),
  gpu_name: z.string().max(128),
  /** Empty for a whole card. */
  mig_uuid: z.string().max(128).default(''),
  utilization_pct: reading,
  memory_utilization_pct: reading,
  memory_used_bytes: reading,
  memory_total_bytes: reading,
  power_watts: reading,
  power_limit_watts: reading,
  /** Total since the driver was loaded. */
  energy_joules: reading,
  temperature_celsius: reading,
  sm_clock_mhz: reading,
  memory_clock_mhz: reading,
  throttle_reasons: z.array(z.string().max(64)).default([]),
  ecc_corrected_errors: reading,
  ecc_uncorrected_errors: reading,
  pcie_rx_bytes_per_second: reading,
  pcie_tx_bytes_per_second: reading,
  process_count: reading,
});
export type GpuSample = z.infer<typeof GpuSample>;
