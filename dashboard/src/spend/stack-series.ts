// Turns spend rows into stacked series over a complete grid of buckets: the largest groups, the rest together as "other".
import { parseUsd, type SpendRow } from '@tollgate/contract';
import { groupName } from './spend-groups.ts';
import type { Measure } from './spend-search.ts';

export interface StackedSeries {
  name: string;
  /** The rest, summed: not a group that can be filtered by. */
  isOther: boolean;
  /** One value a bucket: pico-USD for cost, else a count. */
  values: bigint[];
}

export interface StackOptions {
  rows: readonly SpendRow[];
  dimension: string;
  measure: Measure;
  /** Epoch milliseconds of each bucket's start, ascending. */
  buckets: readonly number[];
  maxSeries: number;
}

/** Largest first; buckets without calls hold 0. Rows outside the grid are left out of the chart, never of the table. */
export function stackSeries({ rows, dimension, measure, buckets, maxSeries }: StackOptions): StackedSeries[] {
  const position = new Map(buckets.map((start, index) => [start, index]));
  const groups = new Map<string, { total: bigint; values: bigint[] }>();
  for (const row of rows) {
    const index = row.bucket === undefined ? undefined : position.get(Date.parse(row.bucket));
    if (index === undefined) continue;
    const name = groupName(row, dimension);
    const group = groups.get(name) ?? { total: 0n, values: buckets.map(() => 0n) };
    groups.set(name, group);
    const value = measured(row, measure);
    group.total += value;
    group.values[index] = (group.values[index] ?? 0n) + value;
  }
  const ranked = [...groups]
    .filter(([, group]) => group.total > 0n)
    .sort(([oneName, one], [twoName, two]) =>
      one.total === two.total ? oneName.localeCompare(twoName) : one.total > two.total ? -1 : 1,
    )
    .map(([name, { values }]) => ({ name, isOther: false, values }));
  if (ranked.length <= maxSeries) return ranked;
  const shown = ranked.slice(0, maxSeries);
  const rest = ranked.slice(maxSeries);
  return [
    ...shown,
    {
      name: rest.length === 1 ? '1 other' : `${rest.length} others`,
      isOther: true,
      values: sumValues(rest, buckets.length),
    },
  ];
}

/** The stack's height in each bucket. */
export function stackTotals(series: readonly StackedSeries[], bucketCount: number): bigint[] {
  return sumValues(series, bucketCount);
}

function sumValues(series: readonly StackedSeries[], bucketCount: number): bigint[] {
  return Array.from({ length: bucketCount }, (_, index) =>
    series.reduce((sum, { values }) => sum + (values[index] ?? 0n), 0n),
  );
}

function measured(row: SpendRow, measure: Measure): bigint {
  if (measure === 'cost') return parseUsd(row.cost_usd);
  if (measure === 'calls') return BigInt(row.calls);
  return BigInt(row.input_tokens + row.output_tokens);
}
