// Which tokens may come next so that an answer is one JSON object.
import { bytesOfToken, type TokenBytes } from '../engine/token-text.ts';
import { type JsonState, jsonStart, nextJsonState } from './json-grammar.ts';

export interface JsonConstraint {
  /** 1 for each token that keeps the text a beginning of a JSON object. */
  allowedTokens(): Uint8Array;
  accept(tokenId: number): void;
  isComplete(): boolean;
}

const REMEMBERED_MASKS = 256;

/** The masks of states met before are shared between all sequences of a model. */
export function createJsonConstraintFactory(
  table: TokenBytes,
  endTokenIds: readonly number[],
): () => JsonConstraint {
  const vocabSize = table.offsets.length - 1;
  const masks = new Map<string, Uint8Array>();
  const maskOf = (state: JsonState): Uint8Array => {
    const known = masks.get(state);
    if (known !== undefined) return known;
    const mask = new Uint8Array(vocabSize);
    for (let id = 0; id < vocabSize; id++) {
      const bytes = bytesOfToken(table, id);
      if (bytes.length > 0 && walk(state, bytes) !== null) mask[id] = 1;
    }
    for (const id of endTokenIds) mask[id] = 0;
    if (masks.size >= REMEMBERED_MASKS) masks.delete(masks.keys().next().value ?? '');
    masks.set(state, mask);
    return mask;
  };
  return () => {
    let state: JsonState = jsonStart;
    return {
      allowedTokens: () => maskOf(state),
      accept(tokenId) {
        state = walk(state, bytesOfToken(table, tokenId)) ?? state;
      },
      isComplete: () => state === 'done',
    };
  };
}

function walk(start: JsonState, bytes: Uint8Array): JsonState | null {
  let state: JsonState | null = start;
  for (const byte of bytes) {
    state = nextJsonState(state, byte);
    if (state === null) return null;
  }
  return state;
}
