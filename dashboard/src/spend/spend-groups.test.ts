import type { SpendRow } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { costShare, groupTotals, isUnpriced, totalOf } from './spend-groups.ts';
import { drillDown, SpendSearch, spendFilters } from './spend-search.ts';
import { stackSeries, stackTotals } from './stack-series.ts';

const HOURS = [0, 1, 2].map((hour) => Date.UTC(2026, 0, 5, hour));

function row(team: string, hour: number, cost: string, more: Partial<SpendRow> = {}): SpendRow {
  return {
    team,
    bucket: new Date(HOURS[hour] ?? Number.NaN).toISOString(),
    calls: 1,
    input_tokens: 10,
    cached_input_tokens: 4,
    output_tokens: 5,
    reasoning_tokens: 2,
    cost_usd: cost,
    unpriced_calls: 0,
    errors: 0,
    ...more,
  };
}

describe('groupTotals', () => {
  it('adds money exactly and puts the most expensive group first', () => {
    const groups = groupTotals(
      [row('a', 0, '0.1'), row('a', 1, '0.2'), row('b', 0, '0.300000000001')],
      'team',
    );
    expect(groups.map(({ name, costPicoUsd }) => [name, costPicoUsd])).toEqual([
      ['b', 300_000_000_001n],
      ['a', 300_000_000_000n],
    ]);
    expect(totalOf([row('a', 0, '0.1'), row('a', 1, '0.2')])).toMatchObject({ calls: 2, inputTokens: 20 });
  });

  it('tells a group without any price from one that is free', () => {
    const [free, unknown] = groupTotals(
      [row('free', 0, '0', { calls: 2 }), row('unknown', 0, '0', { calls: 1, unpriced_calls: 1 })],
      'team',
    );
    expect(free && isUnpriced(free)).toBe(false);
    expect(unknown && isUnpriced(unknown)).toBe(true);
  });

  it('gives shares of nothing as nothing', () => {
    expect(costShare(5n, 0n)).toBe(0);
    expect(costShare(1n, 3n)).toBeCloseTo(0.333333, 6);
    expect(costShare(1n, 10_000_000n)).toBeGreaterThan(0);
  });
});

describe('stackSeries', () => {
  const options = { dimension: 'team', measure: 'cost', buckets: HOURS, maxSeries: 2 } as const;

  it('fills the buckets without calls and ranks the groups by their total', () => {
    const series = stackSeries({ ...options, rows: [row('a', 0, '1'), row('b', 2, '3')] });
    expect(series).toEqual([
      { name: 'b', isOther: false, values: [0n, 0n, 3_000_000_000_000n] },
      { name: 'a', isOther: false, values: [1_000_000_000_000n, 0n, 0n] },
    ]);
  });

  it('sums what is beyond the largest groups, so that the stack keeps its height', () => {
    const rows = ['a', 'b', 'c', 'd'].flatMap((team, rank) => [
      row(team, 0, String(10 - rank)),
      row(team, 1, '0.000000000001'),
    ]);
    const series = stackSeries({ ...options, rows });
    expect(series.map(({ name, isOther }) => [name, isOther])).toEqual([
      ['a', false],
      ['b', false],
      ['2 others', true],
    ]);
    expect(stackTotals(series, HOURS.length)).toEqual([34_000_000_000_000n, 4n, 0n]);
  });

  it('calls a single group beyond the largest ones what it is', () => {
    const rows = ['a', 'b', 'c'].map((team) => row(team, 0, '1'));
    expect(stackSeries({ ...options, rows }).at(-1)).toMatchObject({ name: '1 other', isOther: true });
  });

  it('stacks calls and tokens as well', () => {
    const rows = [row('a', 0, '0', { calls: 7 })];
    expect(stackSeries({ ...options, rows, measure: 'calls' })[0]?.values[0]).toBe(7n);
    expect(stackSeries({ ...options, rows, measure: 'tokens' })[0]?.values[0]).toBe(15n);
    expect(stackSeries({ ...options, rows })).toEqual([]);
  });
});

describe('SpendSearch', () => {
  it('falls back to defaults on an address that somebody mangled', () => {
    expect(SpendSearch.parse({ range: 'nonsense', by: 'drop table', interval: 'week' })).toMatchObject({
      range: '24h',
      by: 'team',
      interval: undefined,
    });
  });

  it('drills from a team to its models, and on to its apps', () => {
    const team = drillDown(SpendSearch.parse({}), 'search');
    expect([team.team, team.by]).toEqual(['search', 'model']);
    const model = drillDown(team, 'gpt-5');
    expect(model.by).toBe('app');
    expect(spendFilters(model)).toEqual([
      { dimension: 'team', value: 'search' },
      { dimension: 'model', value: 'gpt-5' },
    ]);
  });
});
