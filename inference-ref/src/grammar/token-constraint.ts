// Keeps one answer within a grammar, token by token.

import { bytesOfToken, type TokenBytes } from '../engine/token-text.ts';
import { createGrammarMachine, type GrammarMachine, type GrammarState } from './grammar-machine.ts';
import { grammarOf } from './grammar-spec.ts';
import { createTokenMasks } from './token-mask.ts';

export interface TokenConstraint {
  /** 1 for each token that keeps the text a beginning of the grammar's. */
  allowedTokens(): Uint8Array;
  accept(tokenId: number): void;
  /** Nothing can follow. */
  isComplete(): boolean;
}

const REMEMBERED_GRAMMARS = 64;
/** A machine that has met more states is replaced for the answers that begin from then on. */
const MAX_STATES = 10_000;

/** Machines and masks are shared between all answers of a model that keep to the same grammar. */
export function createConstraintFactory(
  table: TokenBytes,
  endTokenIds: readonly number[],
): (grammarText: string) => TokenConstraint {
  const masks = createTokenMasks(table, endTokenIds);
  const machines = new Map<string, GrammarMachine>();
  const machineOf = (grammarText: string): GrammarMachine => {
    const known = machines.get(grammarText);
    machines.delete(grammarText);
    const isFit = known !== undefined && known.size <= MAX_STATES;
    const machine = isFit ? known : createGrammarMachine(grammarOf(grammarText));
    machines.set(grammarText, machine);
    const [oldest] = machines.keys();
    if (machines.size > REMEMBERED_GRAMMARS && oldest !== undefined) machines.delete(oldest);
    return machine;
  };
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
