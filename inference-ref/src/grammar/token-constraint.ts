// Keeps one answer within a grammar, token by token.

import { bytesOfToken, type TokenBytes } from '../engine/token-text.ts';
import type { GrammarState } from './grammar-machine.ts';
import { createRememberedGrammars } from './remembered-grammars.ts';
import { createTokenMasks } from './token-mask.ts';

export interface TokenConstraint {
  /** 1 for each token that keeps the text a beginning of the grammar's. */
  allowedTokens(): Uint8Array;
  accept(tokenId: number): void;
  /** Nothing can follow. */
  isComplete(): boolean;
}

const REMEMBERED_GRAMMARS = 64;
const REMEMBERED_BYTES = 64 * 1024 ** 2;
const MAX_STATES = 10_000;

/** Machines and masks are shared between all answers of a model that keep to the same grammar. */
export function createConstraintFactory(
  table: TokenBytes,
  endTokenIds: readonly number[],
): (grammarText: string) => TokenConstraint {
  const masks = createTokenMasks(table, endTokenIds);
  const machineOf = createRememberedGrammars({
    ...{ maxGrammars: REMEMBERED_GRAMMARS, maxBytes: REMEMBERED_BYTES, maxStates: MAX_STATES },
    onForgotten: masks.forget,
  });
  return (grammarText) => {
    let state: GrammarState | null = machineOf(grammarText).start;
    return {
      allowedTokens: () => (state === null ? new Uint8Array(table.offsets.length - 1) : masks.maskOf(state)),
      accept(tokenId) {
        for (const byte of bytesOfToken(table, tokenId)) state = state?.step(byte) ?? null;
      },
      // A token that was not allowed, for want of any that was, ends it too.
      isComplete: () => state === null || (state.mayEnd && !state.mayGoOn),
    };
  };
}
