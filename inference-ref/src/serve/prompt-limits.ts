// Refuses prompts that cannot fit, before they are tokenised where their bytes alone prove it.

import type { TokenBytes } from '../engine/token-text.ts';
import { errContextExceeded } from './openai-error.ts';

export interface PromptLimits {
  readonly contextTokens: number;
  readonly tokenBytes: TokenBytes;
}

const SHORT_TEXT_BYTES = 64 * 1024;

/** Beyond so many bytes a text cannot fit; short texts are never refused by their bytes, however small the context. */
export function mostTextBytes({ contextTokens, tokenBytes }: PromptLimits): number {
  return Math.max(SHORT_TEXT_BYTES, contextTokens * tokenBytes.longestBytes);
}

/** No token is longer than the longest, so a text has at least its bytes divided by that many tokens. */
export function checkTextLength(texts: readonly string[], limits: PromptLimits): void {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const atLeast = Math.ceil(bytes / limits.tokenBytes.longestBytes);
  if (atLeast <= limits.contextTokens) return;
  throw exceeded(limits.contextTokens, `your input has at least ${atLeast} tokens`);
}

/** How many tokens may be generated: what was asked for, or all the room there is. */
export function allowedTokens(
  prompt: Int32Array,
  asked: number | null | undefined,
  contextTokens: number,
): number {
  const room = contextTokens - prompt.length;
  if (room <= 0)
    throw exceeded(contextTokens, `your input has ${prompt.length} tokens and leaves no room for an answer`);
  if (asked === null || asked === undefined) return room;
  if (asked <= room) return asked;
  throw exceeded(contextTokens, `you asked for ${prompt.length} tokens of input and ${asked} of output`);
}

function exceeded(contextTokens: number, what: string) {
  const hint = 'shorten the input or lower max_tokens';
  return errContextExceeded(`this model's context is ${contextTokens} tokens, but ${what}`, { hint });
}
