import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../workload/random.ts';
import { blockEffect } from './block-effect.ts';
import type { Blocks } from './block-percentile.ts';
import { COMPARED_MEASURES, MEASURE_ALPHA } from './compared-measures.ts';

const BLOCKS = 16;
const CALLS = 30;

interface World {
  /** Spread of single calls, sigma of a lognormal. */
  readonly sigma: number;
  /** Spread between blocks: the machine's drift, the same for both arms of a block but for a part. */
  readonly drift: number;
}

function draw(
  random: Random,
  world: World,
  slower: number,
): { baseline: Blocks; again: Blocks; candidate: Blocks } {
  const baseline: number[][] = [];
  const again: number[][] = [];
  const candidate: number[][] = [];
  for (let block = 0; block < BLOCKS; block += 1) {
    const shared = Math.exp(world.drift * random.normal());
    const sample = (factor: number): number[] => {
      const own = Math.exp((world.drift / 4) * random.normal());
      return Array.from(
        { length: CALLS },
        () => 100 * factor * shared * own * Math.exp(world.sigma * random.normal()),
      );
    };
    baseline.push(sample(1));
    again.push(sample(1));
    candidate.push(sample(slower));
  }
  return { baseline, again, candidate };
}

/** Every measure sees the same draws: a difference in any of them counts, as in a real comparison. */
function failures(world: World, slower: number, comparisons: number): number {
  const random = createRandom(11);
  let failed = 0;
  for (let index = 0; index < comparisons; index += 1) {
    const blocks = draw(random, world, slower);
    const outcomes = COMPARED_MEASURES.map((measure) =>
      blockEffect({
        measure,
        ...blocks,
        maxRegression: 0.05,
        alpha: MEASURE_ALPHA,
        random: createRandom(index),
        resamples: 400,
      }),
    );
    if (outcomes.some(({ outcome }) => outcome === 'fail')) failed += 1;
  }
  return failed;
}

describe('an interleaved comparison', () => {
  const check = (name: string, world: World): void => {
    it(`finds a regression of 10 % in at least 95 of 100 and none in at most 5 of 100, ${name}`, () => {
      expect(failures(world, 1.1, 100)).toBeGreaterThanOrEqual(95);
      expect(failures(world, 1, 100)).toBeLessThanOrEqual(5);
    });
  };
  check('with calls that spread by a tenth', { sigma: 0.1, drift: 0 });
  check('with calls that spread by a quarter', { sigma: 0.25, drift: 0 });
  check('on a machine that drifts by 15 % between blocks', { sigma: 0.1, drift: 0.15 });

  it('says nothing of what was not measured', () => {
    const effect = blockEffect({
      measure: { name: 'TPOT', fraction: 0.5 },
      baseline: [[Number.NaN]],
      again: null,
      candidate: [[1]],
      maxRegression: 0.05,
      alpha: 0.01,
      random: createRandom(1),
    });
    expect(effect).toMatchObject({ outcome: 'inconclusive', change_percent: null });
  });
});
