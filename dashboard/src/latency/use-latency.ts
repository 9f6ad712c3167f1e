// Asks for latency quantiles: over time for the chart, and over the whole range for the table.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Interval, LatencyAnswer } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { LIVE } from '../api/live-refresher.ts';
import { chooseInterval, rangeParameters, resolveRange, type TimeSpan } from '../range/time-range.ts';
import { groupParameter, type LatencyGroup, type LatencySearch } from './latency-search.ts';

export interface LatencyOfRange {
  series: LatencyAnswer;
  totals: LatencyAnswer;
  span: TimeSpan;
  interval: Interval;
  by: LatencyGroup;
}

export function useLatency(search: LatencySearch) {
  const api = useApi();
  const { figure: _figure, quantile: _quantile, ...question } = search;
  return useQuery({
    queryKey: ['latency', question],
    meta: LIVE,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<LatencyOfRange> => {
      const nowMs = Date.now();
      const span = resolveRange(search, nowMs);
      const interval = chooseInterval(span, search.interval);
      const shared = {
        ...rangeParameters(search, nowMs),
        team: search.team,
        model: search.model,
        upstream: search.upstream,
        group_by: groupParameter(search.by),
      };
      const ask = (parameters: Record<string, string | undefined>) =>
        api.get({ path: 'latency', schema: LatencyAnswer, signal, parameters });
      const [series, totals] = await Promise.all([ask({ ...shared, interval }), ask(shared)]);
      return { series, totals, span, interval, by: search.by };
    },
  });
}
