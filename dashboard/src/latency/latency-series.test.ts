import type { LatencyRow } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { latencyLines } from './latency-series.ts';

const HOURS = [0, 1, 2].map((hour) => Date.UTC(2026, 0, 5, hour));
const none = { n: 0, p50: null, p95: null, p99: null };

function row(model: string, hour: number, p50: number, calls = 1): LatencyRow {
  return {
    model,
    bucket: new Date(HOURS[hour] ?? 0).toISOString(),
    calls,
    errors: 0,
    duration_ms: { n: calls, p50, p95: p50 * 2, p99: p50 * 3 },
    ttft_ms: none,
    tpot_ms: none,
    overhead_ms: none,
  };
}

const options = {
  rows: [row('a', 0, 10), row('b', 2, 50, 9)],
  buckets: HOURS,
  group: 'model',
  figure: 'duration',
  quantiles: ['p95'],
  maxGroups: 8,
} as const;

describe('latencyLines', () => {
  it('leaves gaps where nothing was called, and puts the busiest group first', () => {
    expect(latencyLines(options)).toEqual([
      { name: 'b', quantile: 'p95', values: [null, null, 100] },
      { name: 'a', quantile: 'p95', values: [20, null, null] },
    ]);
  });

  it('draws every quantile of all calls taken together', () => {
    const lines = latencyLines({
      ...options,
      rows: [row('', 1, 7)],
      group: 'all',
      quantiles: ['p50', 'p99'],
    });
    expect(lines.map(({ name, quantile, values }) => [name, quantile, values[1]])).toEqual([
      ['all calls', 'p50', 7],
      ['all calls', 'p99', 21],
    ]);
  });

  it('keeps to the groups with the most calls', () => {
    expect(latencyLines({ ...options, maxGroups: 1 }).map(({ name }) => name)).toEqual(['b']);
  });

  it('shows no value for a figure that no call has', () => {
    expect(latencyLines({ ...options, figure: 'ttft' })[0]?.values).toEqual([null, null, null]);
  });
});
