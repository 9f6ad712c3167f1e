// Log probabilities in the two shapes that OpenAI gives them.

import type { ChosenToken } from '../sampling/logprobs.ts';

/** The bytes of a token as UTF-8, and those bytes. */
export type TokenTextOf = (tokenId: number) => { readonly text: string; readonly bytes: Uint8Array };

/** JSON has no −Infinity: a masked token's is the lowest that clients expect. */
const LOWEST_LOGPROB = -9999;

export function chatLogprobs(tokens: readonly ChosenToken[], tokenText: TokenTextOf): object {
  const entry = (tokenId: number, logprob: number | undefined) => {
    const { text, bytes } = tokenText(tokenId);
    return { token: text, logprob: finite(logprob), bytes: [...bytes] };
  };
  const content = tokens.map(({ tokenId, logprob, top = [] }) => ({
    ...entry(tokenId, logprob),
    top_logprobs: top.map((other) => entry(other.tokenId, other.logprob)),
  }));
  return { content, refusal: null };
}

export function textLogprobs(tokens: readonly ChosenToken[], tokenText: TokenTextOf): object {
  let offset = 0;
  const offsets: number[] = [];
  const texts = tokens.map(({ tokenId }) => {
    const { text } = tokenText(tokenId);
    offsets.push(offset);
    offset += text.length;
    return text;
  });
  return {
    tokens: texts,
    token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
    top_logprobs: tokens.map(({ top = [] }) =>
      Object.fromEntries(top.map((other) => [tokenText(other.tokenId).text, finite(other.logprob)])),
    ),
    text_offset: offsets,
  };
}

function finite(logprob: number | undefined): number {
  return Math.max(LOWEST_LOGPROB, logprob ?? LOWEST_LOGPROB);
}
