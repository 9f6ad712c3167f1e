// Which tokens of a vocabulary may come next: those whose bytes a grammar can read from where it stands. The tokens are
// walked in order of their bytes, so that what two share is read once and what nothing can begin with is skipped.

import { bytesOfToken, type TokenBytes } from '../engine/token-text.ts';
import type { GrammarState } from './grammar-machine.ts';
import type { Term } from './grammar-term.ts';

export interface TokenMasks {
  /** 1 for each token that fits; end tokens fit where the text may end. */
  maskOf(state: GrammarState): Uint8Array;
  /** Lets go of a grammar's states, each of which holds its whole machine. */
  forget(grammar: Term): void;
}

/** What the masks kept for later may take together. */
const REMEMBERED_BYTES = 32 * 1024 ** 2;

export function createTokenMasks(table: TokenBytes, endTokenIds: readonly number[]): TokenMasks {
  const vocabSize = table.offsets.length - 1;
  const { order, shared } = sortByBytes(table, vocabSize);
  const masks = new Map<GrammarState, Uint8Array>();
  const remembered = Math.max(16, Math.floor(REMEMBERED_BYTES / vocabSize));

  const compute = (start: GrammarState): Uint8Array => {
    const mask = new Uint8Array(vocabSize);
    const path: GrammarState[] = [start];
    /** So many bytes of the last token led nowhere: every token that shares them is skipped. */
    let deadBytes = Number.POSITIVE_INFINITY;
    for (let place = 0; place < order.length; place++) {
      const common = shared[place] as number;
      if (common >= deadBytes) continue;
      deadBytes = Number.POSITIVE_INFINITY;
      const id = order[place] as number;
      const from = table.offsets[id] as number;
      const length = (table.offsets[id + 1] as number) - from;
      let state: GrammarState | null = path[common] as GrammarState;
      for (let at = common; at < length; at++) {
        state = state.step(table.bytes[from + at] as number);
        if (state === null) {
          deadBytes = at + 1;
          break;
        }
        path[at + 1] = state;
      }
      if (state !== null) mask[id] = 1;
    }
    for (const id of endTokenIds) mask[id] = start.mayEnd ? 1 : 0;
    return mask;
  };

  return {
    maskOf(state) {
      const known = masks.get(state) ?? compute(state);
      // The latest used stand last.
      masks.delete(state);
      masks.set(state, known);
      const [oldest] = masks.keys();
      if (masks.size > remembered && oldest !== undefined) masks.delete(oldest);
      return known;
    },
    forget(grammar) {
      for (const state of masks.keys()) if (state.grammar === grammar) masks.delete(state);
    },
  };
}

interface SortedTokens {
  /** Ids of the tokens that have bytes, by their bytes. */
  readonly order: Uint32Array;
  /** How many bytes each shares with the one before it. */
  readonly shared: Uint16Array;
}

function sortByBytes(table: TokenBytes, vocabSize: number): SortedTokens {
  const ids = Array.from({ length: vocabSize }, (_, id) => id).filter(
    (id) => bytesOfToken(table, id).length > 0,
  );
  ids.sort((a, b) => Buffer.compare(bytesOfToken(table, a), bytesOfToken(table, b)));
  const shared = new Uint16Array(ids.length);
  for (let place = 1; place < ids.length; place++) {
    const before = bytesOfToken(table, ids[place - 1] as number);
    const bytes = bytesOfToken(table, ids[place] as number);
    let common = 0;
    while (common < before.length && before[common] === bytes[common]) common += 1;
    shared[place] = common;
  }
  return { order: Uint32Array.from(ids), shared };
}
