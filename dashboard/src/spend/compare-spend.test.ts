import { describe, expect, it } from 'vitest';
import { type Comparison, compareCalls, compareCost } from './compare-spend.ts';
import { type SpendTotals, totalOf } from './spend-groups.ts';

function totals(calls: number, costPicoUsd: bigint, unpricedCalls = 0): SpendTotals {
  return { ...totalOf([]), calls, costPicoUsd, unpricedCalls };
}

describe('compareCost', () => {
  const check = (title: string, before: SpendTotals, expected: Comparison) =>
    it(title, () => expect(compareCost(totals(4, 150n), before)).toEqual(expected));
  check('gives the change of a cost', totals(4, 100n), { ratio: 0.5 });
  check('compares what is priced when a part is not', totals(4, 100n, 2), { ratio: 0.5 });
  check('says nothing only where nothing was called', totals(0, 0n), { before: 'nothing' });
  check('tells calls without a price from no calls', totals(4, 0n, 4), { before: 'unpriced' });
  check('tells calls that were free from no calls', totals(4, 0n), { before: '$0' });

  it('compares nothing while the cost of the range is not known', () => {
    expect(compareCost(totals(4, 0n, 4), totals(4, 100n))).toBeNull();
  });
});

describe('compareCalls', () => {
  it('compares the calls whether or not they have a price', () => {
    expect(compareCalls(totals(3, 0n), totals(4, 0n, 4))).toEqual({ ratio: -0.25 });
    expect(compareCalls(totals(3, 0n), totals(0, 0n))).toEqual({ before: 'nothing' });
  });
});
