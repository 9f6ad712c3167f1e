// Log probabilities in the two shapes that OpenAI gives them.

import type { ChosenToken } from '../sampling/logprobs.ts';

/** A token's text, or a special token's name; and the bytes that it adds to an answer. */
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

export interface TextLogprobs {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly number[];
  readonly top_logprobs: readonly Readonly<Record<string, number>>[];
  readonly text_offset: readonly number[];
}

/** Of one choice, called for each of its pieces in turn: offsets go on where the last piece ended. */
export function createTextLogprobs(tokenText: TokenTextOf): (tokens: readonly ChosenToken[]) => TextLogprobs {
  let offset = 0;
  return (tokens) => {
    const shown = tokens.map(({ tokenId }) => {
      const { text, bytes } = tokenText(tokenId);
      const at = offset;
      // A special token has a name, but adds nothing to the text.
      if (bytes.length > 0) offset += text.length;
      return { text, at };
    });
    return {
      tokens: shown.map(({ text }) => text),
      token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
      top_logprobs: tokens.map((token) => likeliest(token, tokenText)),
      text_offset: shown.map(({ at }) => at),
    };
  };
}

/** The likeliest tokens and, last, the one that was drawn where it is none of them. */
function likeliest(
  { tokenId, logprob, top = [] }: ChosenToken,
  tokenText: TokenTextOf,
): Record<string, number> {
  const byText = new Map<string, number>();
  const isAmong = top.some((other) => other.tokenId === tokenId);
  for (const other of isAmong ? top : [...top, { tokenId, logprob }]) {
    const { text } = tokenText(other.tokenId);
    // Parts of characters look alike: the likelier one stands for them.
    if (!byText.has(text)) byText.set(text, finite(other.logprob));
  }
  return Object.fromEntries(byText);
}

function finite(logprob: number | undefined): number {
  return Math.max(LOWEST_LOGPROB, logprob ?? LOWEST_LOGPROB);
}
