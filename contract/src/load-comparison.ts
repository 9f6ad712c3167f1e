// A comparison of several arms of one load test, or of a run with a stored one.
import { z } from 'zod';
import { Interval95, LoadDistribution, LoadPhases } from './load-distribution.ts';

const count = z.int().nonnegative();
const figure = z.number().nullable();

const Effect = z.object({
  measure: z.string(),
  baseline: figure,
  candidate: figure,
  /** Of `errors`, whose figures are per cent of the calls, the difference in points. */
  change_percent: figure,
  /** At the confidence that this measure's share of the allowed error leaves; of `errors` at 95 %, in points. */
  interval_percent: Interval95,
  /** 95th percentile of the change that the baseline shows against its own second run. */
  noise_floor_percent: figure,
  outcome: z.enum(['pass', 'fail', 'inconclusive']),
  reason: z.string(),
});
export type LoadEffect = z.infer<typeof Effect>;

export const LoadArm = z.object({
  name: z.string(),
  requests: count,
  errors: count,
  ttft_ms: LoadDistribution,
  tpot_ms: LoadDistribution,
  e2e_ms: LoadDistribution,
  phases: LoadPhases,
  /** E2E of each call, at most 2,000 spread evenly, for box plots. */
  e2e_sample_ms: z.array(z.number()),
  ttft_sample_ms: z.array(z.number()),
});
export type LoadArm = z.infer<typeof LoadArm>;

export const LoadComparison = z.object({
  kind: z.enum(['models', 'baseline', 'stored']),
  baseline: z.string(),
  candidate: z.string().nullable(),
  max_regression_percent: z.number(),
  blocks: count,
  arms: z.array(LoadArm),
  effects: z.array(Effect),
  /** `p99 TTFT +38 %: queue +35 ms, prefill +3 ms`. */
  attribution: z.array(z.string()),
});
export type LoadComparison = z.infer<typeof LoadComparison>;
