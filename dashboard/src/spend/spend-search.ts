// What the Spend page keeps in its address, and the questions to the API that follow from it.
import { Interval, SpendDimension } from '@tollgate/contract';
import { z } from 'zod';
import type { Parameters } from '../api/api-client.ts';
import { rangeSearchShape } from '../range/time-range.ts';

export const GROUP_DIMENSIONS = ['team', 'model', 'app', 'user', 'provider', 'upstream'] as const;
export type GroupDimension = (typeof GROUP_DIMENSIONS)[number];

export const DIMENSION_LABELS: Record<GroupDimension, string> = {
  team: 'Team',
  model: 'Model',
  app: 'App',
  user: 'User',
  provider: 'Provider',
  upstream: 'Upstream',
};

export const MEASURES = ['cost', 'calls', 'tokens'] as const;
export type Measure = (typeof MEASURES)[number];

const filter = z.string().max(256).optional().catch(undefined);

export const SpendSearch = z.object({
  ...rangeSearchShape,
  by: SpendDimension.extract([...GROUP_DIMENSIONS])
    .default('team')
    .catch('team'),
  interval: Interval.optional().catch(undefined),
  measure: z.enum(MEASURES).default('cost').catch('cost'),
  team: filter,
  model: filter,
  app: filter,
  user: filter,
  provider: filter,
  upstream: filter,
});
export type SpendSearch = z.infer<typeof SpendSearch>;

export interface SpendFilter {
  dimension: GroupDimension;
  value: string;
}

export function spendFilters(search: SpendSearch): SpendFilter[] {
  return GROUP_DIMENSIONS.flatMap((dimension) => {
    const value = search[dimension];
    return value === undefined ? [] : [{ dimension, value }];
  });
}

export function filterParameters(search: SpendSearch): Parameters {
  return Object.fromEntries(spendFilters(search).map(({ dimension, value }) => [dimension, value]));
}

/** Keeps the named group alone and slices it by the next dimension that is not filtered yet. */
export function drillDown(search: SpendSearch, value: string): SpendSearch {
  const filtered = { ...search, [search.by]: value };
  const next = GROUP_DIMENSIONS.find(
    (dimension) => dimension !== search.by && filtered[dimension] === undefined,
  );
  return { ...filtered, by: next ?? search.by };
}
