// How much one arm of an interleaved comparison differs from another: the change of a statistic, its interval by a bootstrap
// over paired blocks, and the change that equal servers show (A/A noise floor). Pure; the random source is given.
import type { LoadEffect } from '@tollgate/contract';
import { nearestRank } from '../measure/percentile.ts';
import type { Random } from '../workload/random.ts';

/** Values of one measure, block by block; block i of both arms ran side by side. */
export type Blocks = readonly (readonly number[])[];

export interface EffectMeasure {
  readonly name: string;
  readonly statistic: (sorted: Float64Array) => number;
}

export const percentileOf =
  (fraction: number): EffectMeasure['statistic'] =>
  (sorted) =>
    nearestRank(sorted, fraction);

export interface BlockEffectInput {
  readonly measure: EffectMeasure;
  readonly baseline: Blocks;
  readonly candidate: Blocks;
  /** Fraction: 0.05 is 5 %. */
  readonly maxRegression: number;
  /** Chance of a wrong FAIL that this measure may spend. */
  readonly alpha: number;
  readonly random: Random;
  readonly resamples?: number;
}

const RESAMPLES = 1000;
const NOISE_SPLITS = 400;

export function blockEffect(input: BlockEffectInput): LoadEffect {
  const { measure, baseline, candidate, random } = input;
  const base = statisticOf(measure, baseline);
  const cand = statisticOf(measure, candidate);
  const change = cand / base - 1;
  if (!Number.isFinite(change)) {
    return effect(input, {
      base,
      cand,
      change: Number.NaN,
      low: Number.NaN,
      high: Number.NaN,
      floor: Number.NaN,
    });
  }
  const changes = new Float64Array(input.resamples ?? RESAMPLES);
  const count = Math.min(baseline.length, candidate.length);
  for (let index = 0; index < changes.length; index += 1) {
    const chosen = Array.from({ length: count }, () => random.integer(count));
    const drawnBase = statisticOf(
      measure,
      chosen.map((block) => baseline[block] ?? []),
    );
    const drawnCand = statisticOf(
      measure,
      chosen.map((block) => candidate[block] ?? []),
    );
    changes[index] = drawnCand / drawnBase - 1;
  }
  changes.sort();
  const low = nearestRank(changes, input.alpha);
  const high = nearestRank(changes, 1 - input.alpha);
  return effect(input, { base, cand, change, low, high, floor: noiseFloor(input) });
}

interface Estimate {
  readonly base: number;
  readonly cand: number;
  readonly change: number;
  readonly low: number;
  readonly high: number;
  readonly floor: number;
}

function effect({ measure, maxRegression }: BlockEffectInput, estimate: Estimate): LoadEffect {
  const { base, cand, change, low, high, floor } = estimate;
  const percent = (value: number): number | null => (Number.isFinite(value) ? value * 100 : null);
  return {
    measure: measure.name,
    baseline: Number.isFinite(base) ? base : null,
    candidate: Number.isFinite(cand) ? cand : null,
    change_percent: percent(change),
    ci95_percent: Number.isFinite(low) && Number.isFinite(high) ? { low: low * 100, high: high * 100 } : null,
    noise_floor_percent: percent(floor),
    ...decide(estimate, maxRegression),
  };
}

/** FAIL: certainly slower, by more than is allowed and more than equal servers differ. PASS: certainly not slower than allowed. */
function decide(
  { change, low, high, floor }: Estimate,
  maxRegression: number,
): Pick<LoadEffect, 'outcome' | 'reason'> {
  const show = (value: number): string => `${value >= 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
  if (!Number.isFinite(change)) return { outcome: 'inconclusive', reason: 'not measured on both sides' };
  const said = `${show(change)} (${show(low)} … ${show(high)}), noise floor ±${(floor * 100).toFixed(1)} %`;
  if (low > 0 && change >= maxRegression && change > floor) return { outcome: 'fail', reason: said };
  if (high < maxRegression || (change < maxRegression && change <= floor))
    return { outcome: 'pass', reason: said };
  return { outcome: 'inconclusive', reason: `${said}: more blocks needed` };
}

function statisticOf(measure: EffectMeasure, blocks: Blocks): number {
  const pooled: number[] = [];
  for (const block of blocks) for (const value of block) if (!Number.isNaN(value)) pooled.push(value);
  return pooled.length === 0 ? Number.NaN : measure.statistic(Float64Array.from(pooled).sort());
}

/** 95th percentile of the change between random halves of the baseline's blocks; halves are noisier than wholes by √2. */
function noiseFloor({ measure, baseline, random }: BlockEffectInput): number {
  if (baseline.length < 4) return Number.NaN;
  const changes = new Float64Array(NOISE_SPLITS);
  const half = Math.floor(baseline.length / 2);
  for (let index = 0; index < NOISE_SPLITS; index += 1) {
    const shuffled = shuffle(baseline, random);
    const first = statisticOf(measure, shuffled.slice(0, half));
    const second = statisticOf(measure, shuffled.slice(half, 2 * half));
    changes[index] = Math.abs(second / first - 1) / Math.SQRT2;
  }
  return nearestRank(changes.sort(), 0.95);
}

function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = random.integer(index + 1);
    const [a, b] = [result[index], result[other]];
    if (a !== undefined && b !== undefined) {
      result[index] = b;
      result[other] = a;
    }
  }
  return result;
}
