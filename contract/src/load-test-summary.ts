// The list of stored load tests.
import { z } from 'zod';
import { LoadVerdict } from './load-test-run.ts';
import { PageQuery } from './query-range.ts';

const count = z.int().nonnegative();
const figure = z.number().nullable();

/** One line of `GET /api/v1/load-tests`, newest first. */
export const LoadTestSummary = z.object({
  id: z.string(),
  name: z.string(),
  started_at: z.string(),
  ended_at: z.string(),
  verdict: LoadVerdict,
  model: z.string(),
  target: z.string(),
  shape: z.string(),
  requests: count,
  errors: count,
  ttft_p50_ms: figure,
  ttft_p99_ms: figure,
  tpot_p50_ms: figure,
  e2e_p50_ms: figure,
  e2e_p99_ms: figure,
  system_tps: z.number(),
  certificate: z.enum(['valid', 'degraded', 'invalid', 'not_applicable']),
});
export type LoadTestSummary = z.infer<typeof LoadTestSummary>;
export const LoadTestsQuery = PageQuery.extend({
  model: z.string().optional(),
  verdict: LoadVerdict.optional(),
});
export type LoadTestsQuery = z.infer<typeof LoadTestsQuery>;
export const LoadTestsAnswer = z.object({ runs: z.array(LoadTestSummary), next: z.string().nullable() });
export type LoadTestsAnswer = z.infer<typeof LoadTestsAnswer>;
