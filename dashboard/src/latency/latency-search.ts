// What the Latency page keeps in its address.
import { Interval, type LatencyDimension } from '@tollgate/contract';
import { z } from 'zod';
import { rangeSearchShape } from '../range/time-range.ts';
import type { SpendFilter } from '../spend/spend-search.ts';

export const LATENCY_FIGURES = ['duration', 'ttft', 'tpot', 'overhead'] as const;
export type LatencyFigure = (typeof LATENCY_FIGURES)[number];

export const FIGURE_LABELS: Record<LatencyFigure, { label: string; hint: string }> = {
  duration: { label: 'Duration', hint: "From the request's arrival to the last byte" },
  ttft: { label: 'TTFT', hint: 'Time to first token, reasoning included; streamed calls only' },
  tpot: { label: 'TPOT', hint: 'Time per output token after the first one; streamed calls only' },
  overhead: { label: 'Our overhead', hint: 'Time spent in the sidecar itself' },
};

export const QUANTILES = ['p50', 'p95', 'p99'] as const;
export type Quantile = (typeof QUANTILES)[number];

export const LATENCY_GROUPS = ['all', 'model', 'upstream', 'team'] as const;
export type LatencyGroup = (typeof LATENCY_GROUPS)[number];

const text = z.string().max(256).optional().catch(undefined);

export const LatencySearch = z.object({
  ...rangeSearchShape,
  by: z.enum(LATENCY_GROUPS).default('model').catch('model'),
  figure: z.enum(LATENCY_FIGURES).default('duration').catch('duration'),
  quantile: z.enum(QUANTILES).default('p95').catch('p95'),
  interval: Interval.optional().catch(undefined),
  team: text,
  model: text,
  upstream: text,
});
export type LatencySearch = z.infer<typeof LatencySearch>;

export function latencyFilters(search: LatencySearch): SpendFilter[] {
  return (['team', 'model', 'upstream'] as const).flatMap((dimension) => {
    const value = search[dimension];
    return value === undefined ? [] : [{ dimension, value }];
  });
}

/** What the API groups by; nothing when all calls are taken together. */
export function groupParameter(group: LatencyGroup): LatencyDimension | undefined {
  return group === 'all' ? undefined : group;
}
