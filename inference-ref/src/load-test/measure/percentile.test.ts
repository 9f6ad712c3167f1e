import { describe, expect, it } from 'vitest';
import { createBlockPercentile } from '../compare/block-percentile.ts';
import { createRandom } from '../workload/random.ts';
import { summarizeWeighted } from './gap-pool.ts';
import { linearPercentile, nearestRank, percentileInterval, sortedCopy, summarize } from './percentile.ts';

describe('nearest rank', () => {
  const sample = sortedCopy([15, 20, 35, 40, 50]);
  const check = (fraction: number, expected: number): void => {
    it(`takes the ${fraction} of five values as ${expected}`, () => {
      expect(nearestRank(sample, fraction)).toBe(expected);
    });
  };
  check(0.05, 15);
  check(0.3, 20);
  check(0.4, 20);
  check(0.5, 35);
  check(1, 50);

  it('never invents a value, where interpolation does', () => {
    expect(nearestRank(sample, 0.9)).toBe(50);
    expect(linearPercentile(sample, 0.9)).toBeCloseTo(46);
  });

  it('is not moved by rounding of the rank', () => {
    const hundred = sortedCopy(Array.from({ length: 100 }, (_, index) => index + 1));
    for (const percent of [7, 29, 57, 58, 95, 99]) expect(nearestRank(hundred, percent / 100)).toBe(percent);
  });

  it('is the same over a list, over weights and over blocks', () => {
    const values = Array.from({ length: 100 }, (_, index) => index + 1);
    const blocks = createBlockPercentile([values.slice(0, 40), values.slice(40)]);
    const weighted = summarizeWeighted(
      values,
      values.map(() => 1),
    );
    for (const [percent, key] of [50, 75, 90, 95, 99].map((at) => [at, `p${at}`] as const)) {
      expect(blocks.at(percent / 100, [1, 1])).toBe(percent);
      expect(weighted).toMatchObject({ [key]: percent });
    }
  });
});

describe('intervals of percentiles', () => {
  it('has none where the sample is too small for the rank', () => {
    expect(percentileInterval(sortedCopy(Array.from({ length: 50 }, (_, i) => i)), 0.99)).toBeNull();
    expect(summarize([1, 2, 3]).ci95.p99).toBeNull();
  });

  it('covers the true percentile at least as often as it says', () => {
    const random = createRandom(5);
    const truth = -Math.log(0.1);
    let covered = 0;
    for (let trial = 0; trial < 600; trial += 1) {
      const interval = percentileInterval(
        sortedCopy(Array.from({ length: 120 }, () => random.exponential())),
        0.9,
      );
      if (interval !== null && interval.low <= truth && truth <= interval.high) covered += 1;
    }
    expect(covered / 600).toBeGreaterThan(0.94);
  });
});

describe('summaries', () => {
  it('leaves out what was not measured', () => {
    expect(summarize([Number.NaN, 4, 2])).toMatchObject({ n: 2, mean: 3, min: 2, max: 4, p50: 2 });
  });
  it('says nothing of nothing', () => {
    expect(summarize([])).toMatchObject({ n: 0, mean: null, p50: null, max: null });
  });
});
