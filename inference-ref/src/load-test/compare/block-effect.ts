// How much one arm of an interleaved comparison differs from another: the change of a percentile, its interval by a bootstrap
// over paired blocks, and the change that the baseline shows against itself (A/A noise floor). Pure; the random source is given.
import type { LoadEffect } from '@tollgate/contract';
import { nearestRank } from '../measure/percentile.ts';
import type { Random } from '../workload/random.ts';
import { type BlockPercentile, type Blocks, createBlockPercentile, pooled } from './block-percentile.ts';

export interface EffectMeasure {
  readonly name: string;
  /** Which percentile is compared. */
  readonly fraction: number;
}

export interface BlockEffectInput {
  readonly measure: EffectMeasure;
  /** Block i of every arm ran side by side. */
  readonly baseline: Blocks;
  /** The baseline run a second time in each block; null where no noise floor is asked for. */
  readonly again: Blocks | null;
  readonly candidate: Blocks;
  /** Fraction: 0.05 is 5 %. */
  readonly maxRegression: number;
  /** Chance of a wrong FAIL that this measure may spend. */
  readonly alpha: number;
  readonly random: Random;
  readonly resamples?: number;
}

interface Estimate {
  readonly base: number;
  readonly cand: number;
  readonly change: number;
  readonly low: number;
  readonly high: number;
  /** NaN without an A/A arm. */
  readonly floor: number;
}

const RESAMPLES = 2000;

export function blockEffect(input: BlockEffectInput): LoadEffect {
  const { measure, baseline, again, candidate, alpha } = input;
  const reference = createBlockPercentile(again === null ? baseline : pooled(baseline, again));
  const compared = createBlockPercentile(candidate);
  const ones = new Float64Array(reference.blocks).fill(1);
  const base = reference.at(measure.fraction, ones);
  const cand = compared.at(measure.fraction, ones);
  const changes = resampledChanges(input, reference, compared);
  return effect(input, {
    base,
    cand,
    change: cand / base - 1,
    low: changes.length === 0 ? Number.NaN : nearestRank(changes, alpha),
    high: changes.length === 0 ? Number.NaN : nearestRank(changes, 1 - alpha),
    floor: noiseFloor(input),
  });
}

/** Sorted changes over bootstrap resamples of whole blocks, both arms by the same draw. */
function resampledChanges(
  { measure, random, resamples = RESAMPLES }: BlockEffectInput,
  reference: BlockPercentile,
  compared: BlockPercentile,
): Float64Array {
  const blocks = Math.min(reference.blocks, compared.blocks);
  const weights = new Float64Array(blocks);
  const changes: number[] = [];
  for (let index = 0; index < resamples; index += 1) {
    weights.fill(0);
    for (let draw = 0; draw < blocks; draw += 1) {
      const block = random.integer(blocks);
      weights[block] = (weights[block] ?? 0) + 1;
    }
    const change = compared.at(measure.fraction, weights) / reference.at(measure.fraction, weights) - 1;
    if (Number.isFinite(change)) changes.push(change);
  }
  return Float64Array.from(changes).sort();
}

/** 95th percentile of the change between the two runs of the baseline over the same resampling. */
function noiseFloor(input: BlockEffectInput): number {
  if (input.again === null) return Number.NaN;
  const changes = resampledChanges(
    input,
    createBlockPercentile(input.baseline),
    createBlockPercentile(input.again),
  );
  return changes.length === 0 ? Number.NaN : nearestRank(changes.map(Math.abs).sort(), 0.95);
}

function effect({ measure, maxRegression }: BlockEffectInput, estimate: Estimate): LoadEffect {
  const { base, cand, change, low, high, floor } = estimate;
  const percent = (value: number): number | null => (Number.isFinite(value) ? value * 100 : null);
  return {
    measure: measure.name,
    baseline: Number.isFinite(base) ? base : null,
    candidate: Number.isFinite(cand) ? cand : null,
    change_percent: percent(change),
    interval_percent:
      Number.isFinite(low) && Number.isFinite(high) ? { low: low * 100, high: high * 100 } : null,
    noise_floor_percent: percent(floor),
    ...decide(estimate, maxRegression),
  };
}

/**
 * FAIL: certainly slower, by more than is allowed and by more than the baseline differs from itself. PASS: certainly not slower
 * than allowed, or not told apart from noise where the noise is less than what is allowed.
 */
function decide(
  { change, low, high, floor }: Estimate,
  maxRegression: number,
): Pick<LoadEffect, 'outcome' | 'reason'> {
  const show = (value: number): string => `${value >= 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
  if (!Number.isFinite(change)) return { outcome: 'inconclusive', reason: 'not measured on both sides' };
  const noise = Number.isFinite(floor) ? floor : 0;
  const said = `${show(change)} (${show(low)} … ${show(high)})${noise > 0 ? `, noise floor ±${(noise * 100).toFixed(1)} %` : ''}`;
  if (low > 0 && change >= maxRegression && change > noise) return { outcome: 'fail', reason: said };
  if (high < maxRegression || (noise > 0 && noise <= maxRegression && change <= noise))
    return { outcome: 'pass', reason: said };
  return { outcome: 'inconclusive', reason: `${said}: more blocks needed` };
}
