// The figures of one measured distribution, and where a call's time went.
import { z } from 'zod';

const count = z.int().nonnegative();
const figure = z.number().nullable();
export const Interval95 = z.object({ low: z.number(), high: z.number() }).nullable();

/** Nearest-rank figures; null where nothing was measured. */
export const LoadDistribution = z.object({
  n: count,
  mean: figure,
  stdev: figure,
  min: figure,
  p50: figure,
  p75: figure,
  p90: figure,
  p95: figure,
  p99: figure,
  p999: figure,
  max: figure,
  /** 95 % confidence; null where the sample is too small. */
  ci95: z
    .object({ mean: Interval95, p50: Interval95, p90: Interval95, p95: Interval95, p99: Interval95 })
    .optional(),
  /** Of pooled gaps: every gap, or an HDR histogram of three significant digits. */
  method: z.enum(['exact', 'hdr']).optional(),
});
export type LoadDistribution = z.infer<typeof LoadDistribution>;

/** Mean milliseconds of a call by phase; null where no source told. */
export const LoadPhases = z.object({
  /** `server-timing` of each call, `metrics` deltas, or both sides of neither. */
  source: z.enum(['server-timing', 'metrics', 'none']),
  queue_ms: figure,
  prefill_ms: figure,
  decode_ms: figure,
  /** What the client saw beyond the server's own account. */
  network_ms: figure,
});
export type LoadPhases = z.infer<typeof LoadPhases>;
