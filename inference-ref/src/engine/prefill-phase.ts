// Feeds waiting prompts, at most so many tokens a round, so that a long prompt never holds up those who are answering.

import { admitNext } from './admission.ts';
import { isDecoding, type LoopState } from './loop-state.ts';
import type { Round } from './round.ts';
import type { Sequence } from './sequence.ts';

export async function prefillPhase(state: LoopState, round: Round): Promise<void> {
  let budgetTokens = state.options.chunkTokens;
  while (budgetTokens > 0) {
    const last = state.rows.sequences.at(-1);
    const next = last !== undefined && !isDecoding(last) ? last : await admitNext(state);
    if (next === undefined) break;
    budgetTokens -= await prefillChunk(state, round, { sequence: next, budgetTokens });
  }
  state.tell(round.takeEvents());
}

interface Chunk {
  readonly sequence: Sequence;
  readonly budgetTokens: number;
}

async function prefillChunk(
  state: LoopState,
  round: Round,
  { sequence, budgetTokens }: Chunk,
): Promise<number> {
  const { rows, options } = state;
  const { decoder, prefixCache } = options;
  const start = sequence.cachedLength;
  const end = Math.min(sequence.length, start + budgetTokens);
  const isLast = end === sequence.length;
  rows.fit((live) => live.length);
  const row = rows.rowOf(sequence);
  const tokens = sequence.tokens.slice(start, end);
  const logits = await round.prefill(sequence.id, tokens.length, () =>
    decoder.prefill({ row, start, tokens, logitCount: isLast ? 1 : 0 }),
  );
  sequence.cachedLength = end;
  if (!isLast) return tokens.length;
  sequence.phase = 'decoding';
  const prompt = sequence.tokens.subarray(0, sequence.promptLength);
  const read = (from: number, to: number) => decoder.readBlock(row, from, to);
  await prefixCache.remember(prompt, sequence.cacheSalt, read);
  round.sample(() => state.takeLogits(round, sequence, logits));
  return tokens.length;
}
