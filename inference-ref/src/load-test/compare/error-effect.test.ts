import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../workload/random.ts';
import { errorEffect, storedErrorEffect } from './error-effect.ts';
import { excessChance } from './excess-chance.ts';
import { type CallCounts, shareDifference } from './share-difference.ts';

const BLOCKS = 16;
const CALLS = 30;

interface World {
  /** Chance of any call to fail. */
  readonly share: number;
  /** Chance that an arm loses a third of its calls in a block. */
  readonly outages: number;
}

function draw(random: Random, { share, outages }: World, more = 0): CallCounts[] {
  return Array.from({ length: BLOCKS }, () => {
    const chance = share + more + (random.uniform() < outages ? 1 / 3 : 0);
    const failed = Array.from({ length: CALLS }, () => random.uniform()).filter((at) => at < chance).length;
    return { failed, attempted: CALLS };
  });
}

function outcomes(world: World, more: number, comparisons: number): Record<string, number> {
  const random = createRandom(11);
  const counts: Record<string, number> = { pass: 0, fail: 0, inconclusive: 0 };
  for (let index = 0; index < comparisons; index += 1) {
    const [baseline, again] = [draw(random, world), draw(random, world)];
    const candidate = draw(random, world, more);
    const { outcome } = errorEffect({
      ...{ baseline, again, candidate, maxIncrease: 0.01 },
      random: createRandom(index),
      resamples: 1000,
    });
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe('the errors of an interleaved comparison', () => {
  // 1 in 120 is what this measure may spend of the 5 % of all; of 400, nine are more than that in one of 100 tries.
  const check = (name: string, world: World): void => {
    it(`do not fail an unchanged server more often than the level allows, ${name}`, () => {
      expect(outcomes(world, 0, 400)['fail']).toBeLessThanOrEqual(8);
    });
  };
  check('where calls fail one by one', { share: 0.02, outages: 0 });
  check('where many fail', { share: 0.1, outages: 0 });
  check('where they fail in bursts', { share: 0.005, outages: 0.1 });

  it('fail a candidate that loses 5 calls in 100 more, in at least 95 of 100', () => {
    expect(outcomes({ share: 0.005, outages: 0 }, 0.05, 100)['fail']).toBeGreaterThanOrEqual(95);
  });
  it('pass one at the limit in at most 5 of 100', () => {
    expect(outcomes({ share: 0.02, outages: 0 }, 0.01, 400)['pass']).toBeLessThanOrEqual(28);
  });

  const everyBlock = (failed: number, attempted: number, blocks = BLOCKS): CallCounts[] =>
    Array.from({ length: blocks }, () => ({ failed, attempted }));
  const effectOf = (baseline: CallCounts[], candidate: CallCounts[]) =>
    errorEffect({ baseline, again: baseline, candidate, maxIncrease: 0.01, random: createRandom(1) });

  it('are told in per cent of calls, the change in points', () => {
    expect(effectOf(everyBlock(0, 40), everyBlock(20, 40))).toMatchObject({
      ...{ measure: 'errors', baseline: 0, candidate: 50, change_percent: 50, outcome: 'fail' },
      reason: expect.stringMatching(/^320 of 640 failed against 0 of 1280, \+50\.0 points \(\+/),
    });
  });
  it('pass only with as many clean calls as a p99 needs', () => {
    expect(effectOf(everyBlock(0, 299, 1), everyBlock(0, 299, 1)).outcome).toBe('pass');
    expect(effectOf(everyBlock(0, 298, 1), everyBlock(0, 298, 1))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringMatching(/too few calls to rule out \+1\.0 points$/),
    });
  });
  it('leave open what one bad block alone would do', () => {
    const oneBad = everyBlock(0, 30).map((counts, block) =>
      block === 3 ? { ...counts, failed: 30 } : counts,
    );
    expect(effectOf(everyBlock(0, 30), oneBad)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringMatching(/chance of 0\.3\d?, more blocks needed$/),
    });
  });
  it('say nothing of an arm without calls', () => {
    expect(effectOf([], everyBlock(1, 2))).toMatchObject({ outcome: 'inconclusive', change_percent: null });
  });
});

describe('the chance of an excess', () => {
  it('is that of every arm being the candidate alike', () => {
    const failed = (...counts: number[]): CallCounts[] =>
      counts.map((count) => ({ failed: count, attempted: 9 }));
    const chanceOf = (...blocks: CallCounts[][]): number => excessChance({ blocks, random: createRandom(2) });
    expect(chanceOf(failed(5, 0, 0), failed(3, 0, 0))).toBeCloseTo(1 / 9, 1);
    expect(chanceOf(failed(5, 0), failed(3, 0))).toBeCloseTo(1 / 4, 1);
    expect(chanceOf(failed(0, 5, 0))).toBe(1);
    expect(chanceOf(failed(0, 0, 0))).toBe(1);
  });
  it('is not raised by an arm that made more calls in the same time', () => {
    const blocks = Array.from({ length: 8 }, () => [
      { failed: 20, attempted: 200 },
      { failed: 10, attempted: 100 },
    ]);
    expect(excessChance({ blocks, random: createRandom(2) })).toBe(1);
  });
});

describe('the difference of two shares', () => {
  it('has the exact bound where nothing failed', () => {
    const clean = { failed: 0, attempted: 299 };
    expect(shareDifference({ failed: 0, attempted: 40 }, clean, 0.95).high).toBeCloseTo(
      1 - 0.05 ** (1 / 299),
      9,
    );
  });
});

describe('errors against a stored run', () => {
  const check = (before: number, after: number, of: number, outcome: string): void => {
    it(`${after} of ${of} against ${before} of ${of} are ${outcome}`, () => {
      const counts = (failed: number): CallCounts => ({ failed, attempted: of });
      const effect = storedErrorEffect({ before: counts(before), after: counts(after), maxIncrease: 0.01 });
      expect(effect.outcome).toBe(outcome);
    });
  };
  check(0, 0, 400, 'pass');
  check(0, 0, 40, 'inconclusive');
  check(0, 2, 40, 'inconclusive');
  check(0, 8, 40, 'fail');
  check(8, 8, 40, 'inconclusive');
});
