// Log probabilities of the model itself, before temperature, penalties and masks: what the model thought, not what was
// sampled from.

export interface TokenLogprob {
  readonly tokenId: number;
  readonly logprob: number;
}

export interface ChosenToken {
  readonly tokenId: number;
  readonly logprob?: number;
  /** The likeliest tokens, highest first. */
  readonly top?: readonly TokenLogprob[];
}

export function chosenWithLogprobs(logits: Float32Array, tokenId: number, topCount: number): ChosenToken {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  const logNormaliser = max + Math.log(sum);
  return {
    tokenId,
    logprob: (logits[tokenId] ?? Number.NEGATIVE_INFINITY) - logNormaliser,
    top: largest(logits, topCount).map((id) => ({
      tokenId: id,
      logprob: (logits[id] as number) - logNormaliser,
    })),
  };
}

/** Ids of the `count` largest, by insertion: count is at most twenty. */
function largest(logits: Float32Array, count: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < logits.length && count > 0; id++) {
    const logit = logits[id] as number;
    const last =
      ids.length === count ? (logits[ids[count - 1] as number] as number) : Number.NEGATIVE_INFINITY;
    if (ids.length === count && logit <= last) continue;
    let place = Math.min(ids.length, count - 1);
    while (place > 0 && (logits[ids[place - 1] as number] as number) < logit) {
      ids[place] = ids[place - 1] as number;
      place -= 1;
    }
    ids[place] = id;
  }
  return ids;
}
