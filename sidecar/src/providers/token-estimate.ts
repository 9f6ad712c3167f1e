// Counts tokens where a provider reported none. The tokenizer is loaded at the first need, never before.
// An estimate is marked as one by its caller; it never replaces a reported count.

import { setImmediate } from 'node:timers/promises';

export interface SampledText {
  readonly text: string;
  /** Share of the whole text that `text` is, 0 to 1. */
  readonly share: number;
}

type CountTokens = (text: string) => number;
let tokenizer: Promise<CountTokens> | null = null;

const SLICE_CHARACTERS = 512;
/** Encoding takes the square of a run without a break: so much of one takes less than a millisecond. */
const RUN_CHARACTERS = 128;

/**
 * Tokens of a text (by OpenAI's o200k vocabulary), scaled up where only a part of it was kept. Others get their turn
 * between slices; a word that is cut counts as two.
 */
export async function estimateTokens({ text, share }: SampledText): Promise<number> {
  if (text === '') return 0;
  tokenizer ??= loadTokenizer();
  const count = await tokenizer;
  let tokens = 0;
  for (let start = 0; start < text.length; ) {
    const end = sliceEnd(text, start);
    tokens += count(text.slice(start, end));
    start = end;
    if (start < text.length) await setImmediate();
  }
  return Math.max(1, Math.round(tokens / Math.max(share, 1e-6)));
}

/** Before a word, whose space is part of its token; never within a character. */
function sliceEnd(text: string, start: number): number {
  const limit = start + SLICE_CHARACTERS;
  if (limit >= text.length && text.length - start <= RUN_CHARACTERS) return text.length;
  const space = text.lastIndexOf(' ', limit);
  if (space > start + RUN_CHARACTERS) return space;
  const end = Math.min(text.length, start + RUN_CHARACTERS);
  const isHalf = (text.charCodeAt(end) & 0xfc00) === 0xdc00;
  return isHalf ? end - 1 : end;
}

async function loadTokenizer(): Promise<CountTokens> {
  const { encode } = await import('gpt-tokenizer/encoding/o200k_base');
  return (text) => encode(text, { disallowedSpecial: new Set() }).length;
}
