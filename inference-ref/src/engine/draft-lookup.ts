// Guesses the next tokens of a text that repeats itself: looks for the latest earlier place of its last tokens and takes
// what followed there. Only for greedy decoding, where a guess can be checked exactly.

import type { Sequence } from './sequence.ts';

const LONGEST_MATCH = 4;
const SHORTEST_MATCH = 2;

export function draftByLookup(
  sequence: Pick<Sequence, 'tokens' | 'length' | 'params' | 'json'>,
  maxTokens: number,
): readonly number[] {
  const { params, json } = sequence;
  const isPlainGreedy =
    params.temperature === 0 &&
    params.repetitionPenalty === 1 &&
    params.presencePenalty === 0 &&
    params.frequencyPenalty === 0 &&
    params.topLogprobs === null &&
    params.logitBias.length === 0 &&
    json === null;
  if (!isPlainGreedy || maxTokens <= 0) return [];
  const known = sequence.tokens.subarray(0, sequence.length);
  for (let size = LONGEST_MATCH; size >= SHORTEST_MATCH; size--) {
    const place = latestPlace(known, size);
    if (place >= 0) return Array.from(known.subarray(place + size, place + size + maxTokens));
  }
  return [];
}

/** Where the last `size` tokens stood before, as late as possible; −1 where nowhere. */
function latestPlace(tokens: Int32Array, size: number): number {
  const end = tokens.length - size;
  for (let place = end - 1; place >= 0; place--) {
    let same = 0;
    while (same < size && tokens[place + same] === tokens[end + same]) same += 1;
    if (same === size) return place;
  }
  return -1;
}
