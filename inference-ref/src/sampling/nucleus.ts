// Draws from softmax(logits / temperature) cut by top-k, min-p and top-p, in that order. A heap gives the likeliest
// tokens one by one, so a narrow nucleus never sorts the vocabulary.

import type { GenerationParams } from './generation-params.ts';
import type { RandomNumbers } from './random-numbers.ts';

type Cuts = Pick<GenerationParams, 'temperature' | 'topP' | 'topK' | 'minP'>;

export function drawToken(logits: Float32Array, cuts: Cuts, random: RandomNumbers): number {
  const weights = softmaxWeights(logits, cuts.temperature);
  const cutsNothing = cuts.topP >= 1 && cuts.topK === 0 && cuts.minP === 0;
  if (cutsNothing) return pick(weights, null, random);
  const kept = keptTokens(weights, cuts);
  return pick(weights, kept, random);
}

/** exp((logit - max) / temperature): the likeliest token weighs 1. */
function softmaxWeights(logits: Float32Array, temperature: number): Float64Array {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > max) max = logit;
  const weights = new Float64Array(logits.length);
  for (let id = 0; id < weights.length; id++)
    weights[id] = Math.exp(((logits[id] as number) - max) / temperature);
  return weights;
}

function keptTokens(weights: Float64Array, cuts: Cuts): number[] {
  const heap = createHeap(weights);
  const limit = cuts.topK === 0 ? weights.length : Math.min(cuts.topK, weights.length);
  const candidates: number[] = [];
  const wantsTotal = cuts.topK !== 0 || cuts.minP > 0;
  // The nucleus is a share of what top-k and min-p left over, so these cuts come first where they are asked for.
  if (wantsTotal) {
    while (candidates.length < limit) {
      const id = heap.pop();
      if (id === undefined || (candidates.length > 0 && (weights[id] as number) < cuts.minP)) break;
      candidates.push(id);
    }
  }
  if (cuts.topP >= 1) return candidates;
  const total = wantsTotal ? sumOf(weights, candidates) : weights.reduce((a, b) => a + b, 0);
  const next = wantsTotal ? () => candidates.shift() : () => heap.pop();
  const kept: number[] = [];
  let mass = 0;
  while (kept.length === 0 || mass < cuts.topP * total) {
    const id = next();
    if (id === undefined) break;
    kept.push(id);
    mass += weights[id] as number;
  }
  return kept;
}

function sumOf(weights: Float64Array, ids: readonly number[]): number {
  let sum = 0;
  for (const id of ids) sum += weights[id] as number;
  return sum;
}

/** Inverse of the cumulative distribution over `ids`, or over all tokens in order. */
function pick(weights: Float64Array, ids: readonly number[] | null, random: RandomNumbers): number {
  const count = ids === null ? weights.length : ids.length;
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[ids === null ? i : (ids[i] as number)] as number;
  let rest = random() * total;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const id = ids === null ? i : (ids[i] as number);
    const weight = weights[id] as number;
    if (weight === 0) continue;
    last = id;
    rest -= weight;
    if (rest < 0) return id;
  }
  return last;
}

interface Heap {
  /** The id of the largest weight left; equal weights in order of id. */
  pop(): number | undefined;
}

function createHeap(weights: Float64Array): Heap {
  const ids = Int32Array.from(weights, (_, id) => id);
  let size = ids.length;
  const isBefore = (a: number, b: number) => {
    const difference = (weights[a] as number) - (weights[b] as number);
    return difference > 0 || (difference === 0 && a < b);
  };
  const sink = (start: number) => {
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) return;
      if (child + 1 < size && isBefore(ids[child + 1] as number, ids[child] as number)) child += 1;
      if (!isBefore(ids[child] as number, ids[place] as number)) return;
      [ids[place], ids[child]] = [ids[child] as number, ids[place] as number];
      place = child;
    }
  };
  for (let place = (size >> 1) - 1; place >= 0; place--) sink(place);
  return {
    pop() {
      if (size === 0) return undefined;
      const top = ids[0];
      size -= 1;
      ids[0] = ids[size] as number;
      sink(0);
      return top;
    },
  };
}
