// The certificate of a load test: how far the client itself could have moved the figures.
import { z } from 'zod';

const count = z.int().nonnegative();
const figure = z.number().nullable();

const Spread = z.object({ p50: figure, p99: figure, max: figure });

const LoadCalibration = z.object({
  concurrency: count,
  calls: count,
  events_per_second: z.number(),
  /** First event seen by the client − its write told by the known server. */
  arrival_error_ms: Spread,
  request_way_ms: Spread.partial({ max: true }),
  /** How late the known server was itself; absent in older reports. */
  server_late_ms: Spread.optional(),
  duration_ms: z.number(),
});

export const LoadCertificate = z.object({
  status: z.enum(['valid', 'degraded', 'invalid', 'not_applicable']),
  reasons: z.array(z.string()),
  tolerance: z.number(),
  client_error_ms: z.object({ p50: z.number(), p99: z.number(), mean: z.number(), max: z.number() }),
  bounds: z.array(
    z.object({
      figure: z.string(),
      measured_ms: z.number(),
      client_error_ms: z.number(),
      tolerated_ms: z.number(),
      within: z.enum(['tolerance', 'limit', 'neither']),
    }),
  ),
  calibrations: z.array(LoadCalibration),
  client: z.object({
    workers: count,
    priority: z.int(),
    lateness_ms: z.object({ n: count, p50: z.number(), p99: z.number(), max: z.number() }),
    send_lag_ms: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
    /** Busiest worker's CPU time ÷ wall time. */
    cpu_share: z.number(),
    cpu_wait_share: figure,
    longest_gc_ms: z.number(),
    most_in_flight: count,
    open_sockets: count,
    open_files_limit: count.nullable(),
    /** Median of TCP connects to the target before the run. */
    rtt_ms: figure,
  }),
});
export type LoadCertificate = z.infer<typeof LoadCertificate>;
