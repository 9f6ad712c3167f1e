// Runs a decoder's kinds of calls once, so that the first request does not pay for what the runtime makes on first use.

import type { Decoder } from './decoder.ts';

const PROMPT_TOKENS = 16;

export async function warmUp(decoder: Decoder, tokenId: number): Promise<void> {
  const tokens = new Int32Array(PROMPT_TOKENS).fill(tokenId);
  decoder.fit([2 * PROMPT_TOKENS, 2 * PROMPT_TOKENS], []);
  for (const row of [0, 1]) await decoder.prefill({ row, start: 0, tokens, logitCount: 1 });
  for (const rows of [1, 2]) {
    await decoder.decode(new Int32Array(rows).fill(tokenId), new Int32Array(rows).fill(PROMPT_TOKENS));
  }
}
