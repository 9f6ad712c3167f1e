// Turns latency rows into lines over time. Quantiles are never averaged: each point is what the ledger computed.
import type { LatencyRow } from '@tollgate/contract';
import type { LatencyFigure, LatencyGroup, Quantile } from './latency-search.ts';

export interface LatencyLine {
  name: string;
  quantile: Quantile;
  /** One value a bucket, milliseconds; null where no call of the group has the figure. */
  values: (number | null)[];
}

export interface LatencyLinesOptions {
  rows: readonly LatencyRow[];
  buckets: readonly number[];
  group: LatencyGroup;
  figure: LatencyFigure;
  quantiles: readonly Quantile[];
  maxGroups: number;
}

export function latencyGroupName(row: LatencyRow, group: LatencyGroup): string {
  if (group === 'all') return 'all calls';
  const value = row[group];
  return typeof value === 'string' ? value : '';
}

/** A line for each of the groups with the most calls and each quantile. */
export function latencyLines(options: LatencyLinesOptions): LatencyLine[] {
  const { rows, buckets, group, figure, quantiles, maxGroups } = options;
  const position = new Map(buckets.map((start, index) => [start, index]));
  const calls = new Map<string, number>();
  for (const row of rows) {
    const name = latencyGroupName(row, group);
    calls.set(name, (calls.get(name) ?? 0) + row.calls);
  }
  const names = [...calls]
    .sort(([oneName, one], [twoName, two]) => two - one || oneName.localeCompare(twoName))
    .slice(0, maxGroups)
    .map(([name]) => name);
  return names.flatMap((name) =>
    quantiles.map((quantile) => {
      const values: (number | null)[] = buckets.map(() => null);
      for (const row of rows) {
        if (latencyGroupName(row, group) !== name || row.bucket === undefined) continue;
        const index = position.get(Date.parse(row.bucket));
        if (index !== undefined) values[index] = row[`${figure}_ms`][quantile];
      }
      return { name, quantile, values };
    }),
  );
}
