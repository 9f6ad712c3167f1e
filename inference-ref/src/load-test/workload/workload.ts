// What a workload gives for each call. Every prompt begins with a nonce of the run unless repeating is what is measured.

import type { TracedCall } from '../shapes/shape.ts';
import type { ChatMessage } from '../wire/dialect.ts';

export interface PromptRequest {
  /** Unique within the run. */
  readonly index: number;
  readonly session: number | null;
  readonly turn: number;
  readonly traced: TracedCall | null;
}

export interface Prompt {
  readonly messages: readonly ChatMessage[];
  readonly maxOutputTokens: number | null;
  readonly requestedInputTokens: number | null;
  /** Prompts share a prefix on purpose. */
  readonly cacheExpected: boolean;
}

export interface Workload {
  readonly next: (request: PromptRequest) => Prompt;
  /** Tells a session's answer, so that its next turn can carry it. */
  readonly answered: (session: number, turn: number, text: string) => void;
  /** The answer's text is needed. */
  readonly keepsText: boolean;
}

/** How many words of synthetic text make a token, and what the frame of a prompt costs; measured by probes. */
export interface PromptScale {
  readonly tokensPerWord: number;
  readonly overheadTokens: number;
}

export const UNMEASURED_SCALE: PromptScale = { tokensPerWord: 1, overheadTokens: 0 };

export function wordsFor(tokens: number, { tokensPerWord, overheadTokens }: PromptScale): number {
  return Math.max(1, Math.round((tokens - overheadTokens) / tokensPerWord));
}

/** Stands first in a prompt: what differs at the start shares no prefix. */
export function nonceOf(runNonce: string, index: number): string {
  return `[${runNonce}-${index.toString(36)}]`;
}
