// What the list of load tests and the page of one keep in their addresses.
import { LoadVerdict } from '@tollgate/contract';
import { z } from 'zod';
import { rangeSearchShape } from '../range/time-range.ts';

export const HISTOGRAMS = ['ttft', 'e2e', 'icl'] as const;
export type HistogramFigure = (typeof HISTOGRAMS)[number];

export const OVER_TIME = ['tokens', 'calls', 'latency'] as const;
export type OverTimeFigure = (typeof OVER_TIME)[number];

export const LoadTestsSearch = z.object({
  ...rangeSearchShape,
  verdict: LoadVerdict.optional().catch(undefined),
});
export type LoadTestsSearch = z.infer<typeof LoadTestsSearch>;

/** Range and verdict are those of the list, to lead back to it as it was. */
export const LoadTestSearch = LoadTestsSearch.extend({
  histogram: z.enum(HISTOGRAMS).default('ttft').catch('ttft'),
  over_time: z.enum(OVER_TIME).default('tokens').catch('tokens'),
});
export type LoadTestSearch = z.infer<typeof LoadTestSearch>;
