// How likely chance alone gives a candidate as many more failed calls than the arms it ran beside. Pure; the random source is given.
import type { Random } from '../workload/random.ts';
import { type CallCounts, sumCounts } from './share-difference.ts';

export interface ExcessChanceInput {
  /** Of each block: the candidate's counts, then those of the arms that ran beside it. */
  readonly blocks: readonly (readonly CallCounts[])[];
  readonly random: Random;
  readonly resamples?: number;
}

const RESAMPLES = 10_000;

/**
 * A randomisation test (Edgington and Onghena, Randomization Tests, on randomised blocks): the arms of a block run in random order,
 * so without a difference each of them is as likely the candidate. It therefore holds however failures cluster within a block:
 * a server that is gone for a moment takes many calls, yet of one arm in one block.
 */
export function excessChance({ blocks, random, resamples = RESAMPLES }: ExcessChanceInput): number {
  const excesses = blocks.map(excessOfEach).filter((arms) => arms.some((excess) => excess !== 0));
  const seen = excesses.reduce((sum, arms) => sum + (arms[0] ?? 0), 0);
  let asMany = 0;
  for (let index = 0; index < resamples; index += 1) {
    let drawn = 0;
    for (const arms of excesses) drawn += arms[random.integer(arms.length)] ?? 0;
    if (drawn >= seen - 1e-9) asMany += 1;
  }
  return (1 + asMany) / (1 + resamples);
}

/** Failed calls of each arm beyond what the block's own share would give it. */
function excessOfEach(arms: readonly CallCounts[]): number[] {
  const all = sumCounts(arms);
  const share = all.attempted === 0 ? 0 : all.failed / all.attempted;
  return arms.map(({ failed, attempted }) => failed - attempted * share);
}
