// What is asked of a decoder before it serves: whether this graph, on this device, computes a text in parts as it computes it
// whole. Runtimes and drivers have been wrong in both.

import type { Decoder } from './decoder.ts';

/** Attention kernels for long pieces begin at 32 tokens. */
export const SHORT_PIECE_TOKENS = 24;
const LONG_TEXT_TOKENS = 96;
const SHORT_TEXT_TOKENS = 8;
/** Half floats and quantised weights differ by less than a hundredth; what is wrong, by more than five. */
const LARGEST_ROUNDING = 0.02;
const LOST_CACHE = 0.1;

/** A graph that copies its cache on the way clears what it has yet to read. */
export async function updatesInPlace(decoder: Decoder): Promise<boolean> {
  const parts = { length: SHORT_TEXT_TOKENS, part: SHORT_TEXT_TOKENS / 2 };
  return (await differenceOfParts(decoder, parts)) < LOST_CACHE;
}

/**
 * Some kernels for long pieces skip tokens where a GPU's subgroups have another size than they were written for
 * (github.com/microsoft/onnxruntime/pull/28520).
 */
export async function agreesOnLongPieces(decoder: Decoder): Promise<boolean> {
  const length = Math.min(LONG_TEXT_TOKENS, decoder.limits.contextTokens);
  return (await differenceOfParts(decoder, { length, part: SHORT_PIECE_TOKENS })) < LARGEST_ROUNDING;
}

interface TextInParts {
  readonly length: number;
  readonly part: number;
}

/** Of the last logits: root mean square of the difference by the standard deviation. */
async function differenceOfParts(decoder: Decoder, { length, part }: TextInParts): Promise<number> {
  const tokens = Int32Array.from({ length }, (_, i) => (i * 7 + 3) % decoder.limits.vocabSize);
  const feed = async (start: number, end: number) => {
    const piece = { row: 0, start, tokens: tokens.slice(start, end), logitCount: 1 };
    return (await decoder.prefill(piece)).slice();
  };
  decoder.fit([length], []);
  const whole = await feed(0, length);
  decoder.fit([length], []);
  let last = whole;
  for (let start = 0; start < length; start += part) last = await feed(start, Math.min(length, start + part));
  const mean = whole.reduce((sum, logit) => sum + logit, 0) / whole.length;
  let [difference, spread] = [0, 0];
  whole.forEach((logit, id) => {
    difference += (logit - (last[id] as number)) ** 2;
    spread += (logit - mean) ** 2;
  });
  return Math.sqrt(difference / spread);
}
