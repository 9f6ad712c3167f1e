// Chooses the next token of one sequence from its logits. It changes the logits it is given and keeps no text.

import type { GenerationParams } from './generation-params.ts';
import { type ChosenToken, chosenWithLogprobs } from './logprobs.ts';
import { drawToken } from './nucleus.ts';
import { createRandomNumbers } from './random-numbers.ts';

export interface TokenSampler {
  /** `allowed`, where given, is 1 for each token that may come next. */
  choose(logits: Float32Array, allowed?: Uint8Array): ChosenToken;
}

export interface TokenSamplerOptions {
  readonly params: GenerationParams;
  readonly promptTokens: Int32Array;
  readonly endTokenIds: readonly number[];
  /** Where `params.seed` is null. */
  readonly freshSeed: number;
}

export function createTokenSampler(options: TokenSamplerOptions): TokenSampler {
  const { params, promptTokens, endTokenIds, freshSeed } = options;
  const random = createRandomNumbers(params.seed ?? freshSeed);
  const generatedCounts = new Map<number, number>();
  const seen = new Set<number>(params.repetitionPenalty === 1 ? [] : promptTokens);
  const barredEarly = [...(params.ignoreEos ? [] : endTokenIds), ...params.stopTokenIds];
  const isPlain =
    params.repetitionPenalty === 1 && params.presencePenalty === 0 && params.frequencyPenalty === 0;
  let generated = 0;

  return {
    choose(logits, allowed) {
      const raw = params.topLogprobs === null ? null : logits.slice();
      if (!isPlain) applyPenalties(logits, params, seen, generatedCounts);
      for (const [tokenId, bias] of params.logitBias) {
        if (tokenId < logits.length) logits[tokenId] = (logits[tokenId] ?? 0) + bias;
      }
      if (generated < params.minTokens) bar(logits, barredEarly);
      if (params.ignoreEos) bar(logits, endTokenIds);
      if (allowed !== undefined) barOthers(logits, allowed);
      const tokenId = params.temperature === 0 ? highest(logits) : drawToken(logits, params, random);
      generated += 1;
      if (!isPlain) {
        seen.add(tokenId);
        generatedCounts.set(tokenId, (generatedCounts.get(tokenId) ?? 0) + 1);
      }
      return raw === null ? { tokenId } : chosenWithLogprobs(raw, tokenId, params.topLogprobs ?? 0);
    },
  };
}

function bar(logits: Float32Array, tokenIds: readonly number[]): void {
  for (const id of tokenIds) if (id < logits.length) logits[id] = Number.NEGATIVE_INFINITY;
}

function barOthers(logits: Float32Array, allowed: Uint8Array): void {
  for (let id = 0; id < logits.length; id++) if (allowed[id] !== 1) logits[id] = Number.NEGATIVE_INFINITY;
}

/** Repetition divides or multiplies once per token seen; presence and frequency subtract for generated tokens. */
function applyPenalties(
  logits: Float32Array,
  params: GenerationParams,
  seen: ReadonlySet<number>,
  counts: ReadonlyMap<number, number>,
): void {
  if (params.repetitionPenalty !== 1) {
    for (const id of seen) {
      const logit = logits[id];
      if (logit === undefined) continue;
      logits[id] = logit > 0 ? logit / params.repetitionPenalty : logit * params.repetitionPenalty;
    }
  }
  for (const [id, count] of counts) {
    logits[id] = (logits[id] ?? 0) - params.presencePenalty - params.frequencyPenalty * count;
  }
}

/** The first of the highest: ties always fall to the lowest id. Four at a time, since few are higher than all before. */
function highest(logits: Float32Array): number {
  const inFours = logits.length - (logits.length % 4);
  let best = 0;
  let bestLogit = Number.NEGATIVE_INFINITY;
  for (let start = 0; start < logits.length; start += 4) {
    const isHigher =
      start >= inFours ||
      (logits[start] as number) > bestLogit ||
      (logits[start + 1] as number) > bestLogit ||
      (logits[start + 2] as number) > bestLogit ||
      (logits[start + 3] as number) > bestLogit;
    if (!isHigher) continue;
    for (let id = start; id < start + 4; id++) {
      const logit = logits[id] as number;
      if (logit > bestLogit) {
        best = id;
        bestLogit = logit;
      }
    }
  }
  return best;
}
