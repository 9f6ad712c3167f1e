// The names that occur in a dimension, the most expensive first, to be picked in a filter.
import { useQuery } from '@tanstack/react-query';
import { SpendAnswer } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { rangeParameters } from '../range/time-range.ts';
import { groupTotals } from '../spend/spend-groups.ts';
import type { GroupDimension } from '../spend/spend-search.ts';

const NO_VALUES: string[] = [];

export function useDimensionValues(dimension: GroupDimension, wanted: boolean): string[] {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['dimension-values', dimension],
    enabled: wanted,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const range = { range: '30d', from: undefined, to: undefined } as const;
      const answer = await api.get({
        path: 'spend',
        schema: SpendAnswer,
        signal,
        parameters: { ...rangeParameters(range, Date.now()), group_by: dimension },
      });
      return groupTotals(answer.rows, dimension)
        .map(({ name }) => name)
        .filter((name) => name !== '');
    },
  });
  return data ?? NO_VALUES;
}
