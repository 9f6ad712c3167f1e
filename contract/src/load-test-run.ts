// The report of one load test: what `loadtest --json` writes, what the collector stores, what the dashboard shows.
import { z } from 'zod';
import { LoadCertificate } from './load-certificate.ts';
import { LoadComparison } from './load-comparison.ts';
import { LoadDistribution, LoadPhases } from './load-distribution.ts';
import { UsdAmount } from './query-answers.ts';
import { Timestamp } from './timestamp.ts';

const count = z.int().nonnegative();
const figure = z.number().nullable();

export const LoadVerdict = z.enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID']);
export type LoadVerdict = z.infer<typeof LoadVerdict>;

export const LoadObjective = z.object({
  objective: z.string(),
  metric: z.string(),
  outcome: z.enum(['pass', 'fail', 'inconclusive']),
  value: figure,
  threshold: z.number(),
  n: count,
  reason: z.string(),
  more_requests_needed: count.nullable(),
  client_could_explain: z.boolean(),
});
export type LoadObjective = z.infer<typeof LoadObjective>;

export const LoadWindow = z.object({
  from_ms: z.number(),
  finished: count,
  errors: count,
  output_tokens: z.number(),
  success_rate: figure,
  mean_e2e_ms: figure,
  mean_ttft_ms: figure,
  in_flight: z.number(),
});
export type LoadWindow = z.infer<typeof LoadWindow>;

export const LoadServerContext = z.object({
  metrics_url: z.string(),
  scrapes: count,
  failed_scrapes: count,
  peak_running: figure,
  peak_waiting: figure,
  peak_kv_cache_usage: figure,
  mean_gpu_utilization: figure,
  energy_joules: figure,
  requests: figure,
  prompt_tokens: figure,
  generation_tokens: figure,
  prefix_cache_hit_ratio: figure,
  preemptions: figure,
});

export const LoadReconciliation = z.object({
  /** Client and server agree on what they both counted; null when the server told nothing. */
  agrees: z.boolean().nullable(),
  lines: z.array(
    z.object({ what: z.string(), client: z.number(), server: z.number(), difference: z.number() }),
  ),
});

export const LoadContamination = z.object({
  /** Calls whose prompt was new, yet were served from a cache. */
  calls: count,
  cached_input_tokens: count,
  share_of_input: z.number(),
  contaminated: z.boolean(),
});

export const LoadSweepPoint = z.object({
  load: z.number(),
  good: z.boolean(),
  verdict: LoadVerdict,
  requests: count,
  errors: count,
  ttft_p50_ms: figure,
  ttft_p99_ms: figure,
  e2e_p50_ms: figure,
  e2e_p99_ms: figure,
  system_tps: z.number(),
  rps: z.number(),
});
export type LoadSweepPoint = z.infer<typeof LoadSweepPoint>;

export const LoadTestRun = z.object({
  schema_version: z.literal(1),
  id: z.uuid(),
  name: z.string().max(200),
  started_at: Timestamp,
  ended_at: Timestamp,
  verdict: LoadVerdict,
  verdict_reasons: z.array(z.string()),
  more_requests_needed: count.nullable(),
  target: z.object({
    url: z.string(),
    model: z.string(),
    api: z.string(),
    connections: z.enum(['reuse', 'fresh']),
  }),
  load: z.object({
    test: z.string(),
    shape: z.string(),
    loop: z.enum(['open', 'closed']),
    description: z.string(),
    workload: z.string(),
    seed: z.int(),
  }),
  duration_ms: z.number(),
  /** The run ended before its plan: by a signal, or since its first calls all failed alike. Null else, and in older reports. */
  cut_short: z
    .object({ cause: z.enum(['interrupted', 'hopeless']), after_ms: z.number(), calls: count })
    .nullable()
    .default(null),
  /** The part of the run that system throughput is taken over. */
  steady_window_ms: z.object({ from: z.number(), to: z.number() }),
  steady_state: z.object({ transient_calls: count, reached: z.boolean() }).nullable(),
  /** Calls that count: attempted, warm-up and cool-down cut. */
  requests: count,
  requests_total: count,
  errors: count,
  error_rate: z.number(),
  errors_by_kind: z.record(z.string(), count),
  /** One failed call of each kind, the most frequent first; absent in older reports. */
  error_samples: z
    .array(
      z.object({
        kind: z.string(),
        count,
        status: z.int().nullable(),
        message: z.string(),
        hint: z.string().nullable(),
      }),
    )
    .default([]),
  rps: z.number(),
  system_tps: z.number(),
  system_tps_whole_run: z.number(),
  tokens: z.object({
    input: z.number(),
    cached_input: z.number(),
    output: z.number(),
    reasoning: z.number(),
    requested_input_mean: figure,
    calls_by_token_source: z.record(z.string(), count),
    calls_by_event_token_source: z.record(z.string(), count),
  }),
  goodput: z.object({
    bounds: z.array(z.string()),
    good: count,
    attempted: count,
    attainment: figure,
    per_second: z.number(),
  }),
  ttft_ms: LoadDistribution,
  ttft_scheduled_ms: LoadDistribution,
  ttft_fresh_connection_ms: LoadDistribution,
  ttft_reused_connection_ms: LoadDistribution,
  ttfo_ms: LoadDistribution,
  ttst_ms: LoadDistribution,
  tpot_ms: LoadDistribution,
  itl_ms: LoadDistribution,
  icl_ms: LoadDistribution,
  stall_ms: LoadDistribution,
  e2e_ms: LoadDistribution,
  e2e_scheduled_ms: LoadDistribution,
  close_ms: LoadDistribution,
  connect_ms: LoadDistribution,
  send_lag_ms: LoadDistribution,
  tps_per_user: LoadDistribution,
  tps_per_call: LoadDistribution,
  objectives: z.array(LoadObjective),
  confidence: z.number(),
  certificate: LoadCertificate,
  /** One-second windows over the whole run (ten-second ones for the users test). */
  window_ms: z.number(),
  windows: z.array(LoadWindow),
  phases: LoadPhases,
  server: LoadServerContext.nullable(),
  reconciliation: LoadReconciliation,
  contamination: LoadContamination,
  cost: z
    .object({
      total_usd: UsdAmount,
      per_1k_calls_usd: UsdAmount.nullable(),
      per_1m_output_tokens_usd: UsdAmount.nullable(),
    })
    .nullable(),
  /** HDR histograms (V2, base64, microseconds), mergeable with others'. */
  hdr: z.object({ ttft: z.string(), e2e: z.string(), icl: z.string() }),
  comparison: LoadComparison.nullable(),
  sweep: z
    .object({
      by: z.enum(['concurrency', 'rate']),
      highest_good: figure,
      lowest_bad: figure,
      points: z.array(LoadSweepPoint),
    })
    .nullable(),
});
export type LoadTestRun = z.infer<typeof LoadTestRun>;
