// One step for all rows that are ready; or, where one greedy sequence runs alone, a guess at several tokens checked in
// one go.

import { draftByLookup } from './draft-lookup.ts';
import { isDecoding, type LoopState } from './loop-state.ts';
import type { Round } from './round.ts';
import type { Sequence } from './sequence.ts';

export async function decodePhase(state: LoopState, round: Round): Promise<void> {
  const { rows, options } = state;
  const batch = rows.sequences.filter(isDecoding);
  const only = batch[0];
  if (only === undefined) return;
  rows.fit((sequence) => sequence.length + options.draftTokens);
  if (rows.sequences.length === 1 && (await guessAhead(state, round, only))) return;
  const tokens = Int32Array.from(batch, (sequence) => sequence.tokens[sequence.length - 1] as number);
  const lengths = Int32Array.from(batch, (sequence) => sequence.cachedLength);
  const ids = batch.map(({ id }) => id);
  const logits = await round.decode(ids, () => options.decoder.decode(tokens, lengths));
  const { vocabSize } = options.decoder.limits;
  // All rows have grown before the first may leave and another is moved into its place.
  for (const sequence of batch) sequence.cachedLength += 1;
  round.sample(() => {
    batch.forEach((sequence, row) => {
      state.takeLogits(round, sequence, logits.subarray(row * vocabSize, (row + 1) * vocabSize));
    });
  });
}

/** Feeds the last token and a guess at what follows together; keeps as much of the guess as is then sampled. */
async function guessAhead(state: LoopState, round: Round, sequence: Sequence): Promise<boolean> {
  const { rows, options, drafts } = state;
  const room = sequence.tokens.length - sequence.length;
  const guess = draftByLookup(sequence, Math.min(options.draftTokens, room));
  if (guess.length === 0) return false;
  const start = sequence.cachedLength;
  const tokens = Int32Array.of(sequence.tokens[sequence.length - 1] as number, ...guess);
  const row = rows.rowOf(sequence);
  const logits = await round.decode([sequence.id], () =>
    options.decoder.prefill({ row, start, tokens, logitCount: tokens.length }),
  );
  const { vocabSize } = options.decoder.limits;
  drafts.drafted += guess.length;
  for (let index = 0; index < tokens.length; index++) {
    sequence.cachedLength += 1;
    const at = logits.subarray(index * vocabSize, (index + 1) * vocabSize);
    const isFinished = round.sample(() => state.takeLogits(round, sequence, at));
    // By the token that was appended: the sampler may bar the likeliest one.
    if (isFinished || sequence.tokens[sequence.length - 1] !== guess[index]) break;
    drafts.accepted += 1;
  }
  return true;
}
