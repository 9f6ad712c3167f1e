// Draws from softmax(logits / temperature) cut by top-k, min-p and top-p, in that order. Only tokens near the top are
// ever sorted: a threshold is lowered until enough of them are found, so a narrow nucleus never sorts the vocabulary.

import { expOfNegative } from './exp-of-negative.ts';
import type { GenerationParams } from './generation-params.ts';
import type { RandomNumbers } from './random-numbers.ts';

type Cuts = Pick<GenerationParams, 'temperature' | 'topP' | 'topK' | 'minP'>;

export function drawToken(logits: Float32Array, cuts: Cuts, random: RandomNumbers): number {
  const { weights, total } = softmaxWeights(logits, cuts.temperature);
  const cutsNothing = cuts.topP >= 1 && cuts.topK === 0 && cuts.minP === 0;
  if (cutsNothing) return pickAny(weights, total, random);
  const drawn = isWideNucleus(cuts)
    ? pickWithin(weights, { total, wanted: cuts.topP * total }, random)
    : null;
  return drawn ?? pickOf(weights, keptTokens(weights, total, cuts), random);
}

/** So much of the mass that a draw from all tokens mostly falls within: cheaper to try again than to sort. */
function isWideNucleus({ topP, topK, minP }: Cuts): boolean {
  return topP >= 0.5 && topK === 0 && minP === 0;
}

const TRIES = 16;

/**
 * Draws from all tokens until one falls within the nucleus: the heavier ones must weigh less than is wanted. Null where
 * chance would not have it.
 */
function pickWithin(
  weights: Float64Array,
  { total, wanted }: { total: number; wanted: number },
  random: RandomNumbers,
): number | null {
  for (let tries = 0; tries < TRIES; tries++) {
    const drawn = pickAny(weights, total, random);
    const weight = weights[drawn] as number;
    let heavier = 0;
    for (let id = 0; id < weights.length; id++) {
      const other = weights[id] as number;
      if (other > weight || (other === weight && id < drawn)) heavier += other;
    }
    if (heavier < wanted) return drawn;
  }
  return null;
}

let scratch = new Float64Array(0);

/** exp((logit − max) / temperature): the likeliest token weighs 1. The array is good until the next call. */
function softmaxWeights(logits: Float32Array, temperature: number): { weights: Float64Array; total: number } {
  if (scratch.length !== logits.length) scratch = new Float64Array(logits.length);
  let max = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < logits.length; id++) if ((logits[id] as number) > max) max = logits[id] as number;
  let total = 0;
  for (let id = 0; id < logits.length; id++) {
    const weight = expOfNegative((max - (logits[id] as number)) / temperature);
    scratch[id] = weight;
    total += weight;
  }
  return { weights: scratch, total };
}

function keptTokens(weights: Float64Array, total: number, cuts: Cuts): number[] {
  const limit = cuts.topK === 0 ? weights.length : Math.min(cuts.topK, weights.length);
  // The nucleus is a share of what top-k and min-p leave over, so without them its mass is known beforehand.
  const isNucleusAlone = cuts.topK === 0 && cuts.minP === 0;
  const isEnough = (found: number, mass: number) =>
    isNucleusAlone ? mass >= cuts.topP * total : found >= limit;
  let candidates = heaviest(weights, cuts.minP, isEnough);
  if (candidates.length > limit) candidates = candidates.slice(0, limit);
  if (cuts.topP >= 1) return candidates;
  const wanted =
    cuts.topP * (isNucleusAlone ? total : candidates.reduce((sum, id) => sum + (weights[id] as number), 0));
  let mass = 0;
  for (let kept = 0; kept < candidates.length; kept++) {
    mass += weights[candidates[kept] as number] as number;
    if (mass >= wanted) return candidates.slice(0, kept + 1);
  }
  return candidates;
}

/** Tokens by falling weight, equal weights in order of id, none lighter than `floor`; more of them until enough. */
function heaviest(
  weights: Float64Array,
  floor: number,
  isEnough: (found: number, mass: number) => boolean,
): number[] {
  for (let threshold = 0.05; ; threshold /= 20) {
    const least = Math.max(threshold, floor);
    const isLast = least <= floor || threshold < 1e-18;
    const bound = isLast ? Math.max(floor, Number.MIN_VALUE) : least;
    const found: number[] = [];
    let mass = 0;
    for (let id = 0; id < weights.length; id++) {
      if ((weights[id] as number) < bound) continue;
      found.push(id);
      mass += weights[id] as number;
    }
    if (isLast || isEnough(found.length, mass)) {
      return found.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
    }
  }
}

/** Inverse of the cumulative distribution over all tokens in order of id. */
function pickAny(weights: Float64Array, total: number, random: RandomNumbers): number {
  let rest = random() * total;
  let last = 0;
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id] as number;
    if (weight === 0) continue;
    last = id;
    rest -= weight;
    if (rest < 0) return id;
  }
  return last;
}

function pickOf(weights: Float64Array, ids: readonly number[], random: RandomNumbers): number {
  let total = 0;
  for (const id of ids) total += weights[id] as number;
  let rest = random() * total;
  for (const id of ids) {
    rest -= weights[id] as number;
    if (rest < 0) return id;
  }
  return ids.at(-1) ?? 0;
}
