// Turns token ids into text as they come: whole characters only, and nothing that might become part of a stop text.

/** The bytes of every token; special tokens have none. */
export interface TokenBytes {
  readonly bytes: Uint8Array;
  /** Token i is bytes[offsets[i] … offsets[i + 1]). */
  readonly offsets: Uint32Array;
  /** No text has fewer tokens than its bytes divided by this. */
  readonly longestBytes: number;
}

export interface TextStep {
  /** What may be shown now. */
  readonly text: string;
  readonly stoppedBy: string | null;
}

export interface TokenText {
  /** `mayStop` false shows stop texts like any other. */
  add(tokenId: number, mayStop: boolean): TextStep;
  /** What was held back, once no more tokens come. */
  finish(): string;
}

export function bytesOfToken(table: TokenBytes, tokenId: number): Uint8Array {
  return table.bytes.subarray(table.offsets[tokenId] ?? 0, table.offsets[tokenId + 1] ?? 0);
}

export function createTokenText(table: TokenBytes, stopTexts: readonly string[]): TokenText {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let held = '';
  /** The decoder may hold the beginning of a character. */
  let isMidway = false;
  const textOf = (tokenId: number): string => {
    const whole = wholeText(table, tokenId);
    if (whole !== null && !isMidway) return whole;
    // A special token has no bytes: it ends no character.
    if (whole !== '') isMidway = whole === null;
    return decoder.decode(bytesOfToken(table, tokenId), { stream: true });
  };
  return {
    add(tokenId, mayStop) {
      held += textOf(tokenId);
      if (stopTexts.length === 0 || !mayStop) {
        const text = held;
        held = '';
        return { text, stoppedBy: null };
      }
      const stop = firstStop(held, stopTexts);
      if (stop !== null) {
        const text = held.slice(0, stop.index);
        held = '';
        return { text, stoppedBy: stop.text };
      }
      const safe = held.length - longestStopPrefix(held, stopTexts);
      const text = held.slice(0, safe);
      held = held.slice(safe);
      return { text, stoppedBy: null };
    },
    finish() {
      const text = held + decoder.decode();
      held = '';
      return text;
    },
  };
}

const knownTexts = new WeakMap<TokenBytes, (string | null | undefined)[]>();

/** A token's text, found once for each table; null where it begins or ends within a character. */
function wholeText(table: TokenBytes, tokenId: number): string | null {
  let known = knownTexts.get(table);
  if (known === undefined) {
    known = [];
    knownTexts.set(table, known);
  }
  let text = known[tokenId];
  if (text === undefined) {
    text = decodeWhole(bytesOfToken(table, tokenId));
    known[tokenId] = text;
  }
  return text;
}

function decodeWhole(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8 by itself: a part of a character.
    return null;
  }
}

function firstStop(text: string, stops: readonly string[]): { index: number; text: string } | null {
  let found: { index: number; text: string } | null = null;
  for (const stop of stops) {
    const index = text.indexOf(stop);
    if (index >= 0 && (found === null || index < found.index)) found = { index, text: stop };
  }
  return found;
}

/** Length of the longest end of `text` that starts a stop text. */
function longestStopPrefix(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
      if (stop.startsWith(text.slice(text.length - length))) longest = length;
    }
  }
  return longest;
}
