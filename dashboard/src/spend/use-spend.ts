// Asks for the spend of a range, sliced by group and bucket, and for the period before it.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Interval, SpendAnswer } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { LIVE } from '../api/live-refresher.ts';
import {
  chooseInterval,
  precedingRange,
  rangeParameters,
  resolveRange,
  spanParameters,
  type TimeSpan,
} from '../range/time-range.ts';
import { filterParameters, type SpendSearch } from './spend-search.ts';

export interface SpendOfRange {
  answer: SpendAnswer;
  span: TimeSpan;
  interval: Interval;
  /** What the rows are grouped by: the search may already have moved on while they are still shown. */
  by: SpendSearch['by'];
}

export function useSpend(search: SpendSearch) {
  const api = useApi();
  const { measure: _measure, ...question } = search;
  return useQuery({
    queryKey: ['spend', question],
    meta: LIVE,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<SpendOfRange> => {
      const nowMs = Date.now();
      const span = resolveRange(search, nowMs);
      const interval = chooseInterval(span, search.interval);
      const answer = await api.get({
        path: 'spend',
        schema: SpendAnswer,
        signal,
        parameters: {
          ...rangeParameters(search, nowMs),
          ...filterParameters(search),
          group_by: search.by,
          interval,
        },
      });
      return { answer, span, interval, by: search.by };
    },
  });
}

export function usePrecedingSpend(search: SpendSearch) {
  const api = useApi();
  const { measure: _measure, interval: _interval, by: _by, ...question } = search;
  return useQuery({
    queryKey: ['spend-before', question],
    staleTime: 60_000,
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.get({
        path: 'spend',
        schema: SpendAnswer,
        signal,
        parameters: { ...spanParameters(precedingRange(search, Date.now())), ...filterParameters(search) },
      }),
  });
}
