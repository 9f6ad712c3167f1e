// Whether a candidate fails more calls than its baseline. Latencies are those of answered calls: without this a candidate that
// loses its slow ones would look faster.
import type { LoadEffect } from '@tollgate/contract';
import type { Random } from '../workload/random.ts';
import { COMPARISON_ALPHA, MEASURE_ALPHA } from './compared-measures.ts';
import { excessChance } from './excess-chance.ts';
import { type CallCounts, type ShareDifference, shareDifference, sumCounts } from './share-difference.ts';

export const ERRORS = 'errors';

export interface ErrorEffectInput {
  /** Block i of every arm ran side by side. */
  readonly baseline: readonly CallCounts[];
  /** The baseline run a second time in each block; null where it did not. */
  readonly again: readonly CallCounts[] | null;
  readonly candidate: readonly CallCounts[];
  /** Fraction of calls that may fail beyond the baseline's: 0.01 is one percentage point. */
  readonly maxIncrease: number;
  readonly random: Random;
  readonly resamples?: number;
}

/**
 * FAIL: more than chance gives blocks in random order, by at least what is allowed. PASS: certainly by no more than is allowed; every
 * measure must pass for a PASS, so none of them has to share the chance of a wrong one.
 */
export function errorEffect(input: ErrorEffectInput): LoadEffect {
  const { baseline, again, candidate, maxIncrease, ...drawing } = input;
  const before = sumCounts([...baseline, ...(again ?? [])]);
  const after = sumCounts(candidate);
  const difference = shareDifference(before, after, 1 - COMPARISON_ALPHA);
  const said = describe(before, after, difference);
  if (!Number.isFinite(difference.change)) return effect(difference, 'inconclusive', said);
  if (difference.high <= maxIncrease) return effect(difference, 'pass', said);
  if (difference.change < maxIncrease)
    return effect(difference, 'inconclusive', `${said}: too few calls to rule out ${points(maxIncrease)}`);
  const blocks = candidate.map((counts, block) =>
    [counts, baseline[block], again?.[block]].filter((arm) => arm !== undefined),
  );
  const chance = excessChance({ blocks, ...drawing });
  if (chance <= MEASURE_ALPHA) return effect(difference, 'fail', said);
  return effect(
    difference,
    'inconclusive',
    `${said}: blocks in random order give as much with a chance of ${chance.toPrecision(2)}, more blocks needed`,
  );
}

export interface StoredErrorEffectInput {
  readonly before: CallCounts;
  readonly after: CallCounts;
  readonly maxIncrease: number;
}

/** Without blocks that ran side by side: FAIL only where the whole interval lies beyond what is allowed. */
export function storedErrorEffect({ before, after, maxIncrease }: StoredErrorEffectInput): LoadEffect {
  const difference = shareDifference(before, after, 1 - COMPARISON_ALPHA);
  const { low, high } = difference;
  const said = describe(before, after, difference);
  if (low > maxIncrease) return effect(difference, 'fail', said);
  if (high <= maxIncrease) return effect(difference, 'pass', said);
  return effect(difference, 'inconclusive', `${said}: too few calls to tell it from ${points(maxIncrease)}`);
}

function effect(
  { before, after, change, low, high }: ShareDifference,
  outcome: LoadEffect['outcome'],
  reason: string,
): LoadEffect {
  const percent = (share: number): number | null => (Number.isFinite(share) ? share * 100 : null);
  return {
    measure: ERRORS,
    baseline: percent(before),
    candidate: percent(after),
    change_percent: percent(change),
    interval_percent: Number.isFinite(change) ? { low: low * 100, high: high * 100 } : null,
    noise_floor_percent: null,
    outcome,
    reason,
  };
}

function describe(before: CallCounts, after: CallCounts, { change, low, high }: ShareDifference): string {
  if (!Number.isFinite(change)) return 'no call on one side';
  const counted = `${after.failed} of ${after.attempted} failed against ${before.failed} of ${before.attempted}`;
  return `${counted}, ${points(change)} (${signed(low)} … ${signed(high)})`;
}

function points(share: number): string {
  return `${signed(share)} points`;
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)}`;
}
