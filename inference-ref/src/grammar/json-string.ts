// A JSON string (RFC 8259) behind its opening quote, as bytes of UTF-8: escapes, no control characters, whole and valid
// characters, and as many of them as its schema asks for.

import { literal, sequence, type Term, type TerminalMachine, terminal } from './grammar-term.ts';

export interface StringLength {
  /** In characters (code points). */
  readonly min: number;
  readonly max: number | null;
}

const quote = literal('"');

export function jsonString(length: StringLength): Term {
  return sequence(quote, terminal(stringMachine(length)));
}

/** `<characters so far>/<where in a character>`: nothing between characters, `\` after a backslash, `u…` in its hex digits, `8…` in UTF-8. */
type State = string;

function stringMachine({ min, max }: StringLength): TerminalMachine<State> {
  const isLimited = min > 0 || max !== null;
  /** Without an upper limit nothing depends on how many there are beyond the lower. */
  const grown = (count: number) => (max === null ? Math.min(count + 1, min) : count + 1);
  return {
    start: '0/',
    step(state, byte) {
      const border = state.indexOf('/');
      const count = Number(state.slice(0, border));
      const within = state.slice(border + 1);
      if (within === '' && byte === 0x22) return count >= min ? 'done' : null;
      if (within === '' && max !== null && count >= max) return null;
      const next = stepInCharacter(within, byte, isLimited);
      if (next === null) return null;
      return next === '' ? `${grown(count)}/` : `${count}/${next}`;
    },
  };
}

/** `countsCharacters`: two escapes that make one character together would be counted as two, so they are left out. */
function stepInCharacter(within: string, byte: number, countsCharacters: boolean): string | null {
  const character = byte < 0x80 ? String.fromCharCode(byte) : '';
  if (within === '\\') {
    if (character === 'u') return 'u';
    return character !== '' && '"\\/bfnrt'.includes(character) ? '' : null;
  }
  if (within.startsWith('u')) return stepInEscape(within, character, countsCharacters);
  if (within.startsWith('8')) {
    const [due = 0, low = 0x80, high = 0xbf] = continuations[within] ?? [];
    if (byte < low || byte > high) return null;
    return due === 1 ? '' : `8${due - 1}`;
  }
  if (character === '\\') return '\\';
  if (byte < 0x20) return null;
  return byte < 0x80 ? '' : startOfCharacter(byte);
}

/** `u`, `uh`, `uhh`, `uhhh`; `ud` after a first digit that can begin a surrogate. */
function stepInEscape(within: string, character: string, countsCharacters: boolean): string | null {
  if (!/^[0-9a-fA-F]$/.test(character)) return null;
  if (within === 'ud') return /[0-7]/.test(character) ? 'uhh' : null;
  if (within === 'u' && countsCharacters && /[dD]/.test(character)) return 'ud';
  return within.length === 4 ? '' : `${within}h`;
}

/** UTF-8: bytes still due and what the next one may be; no overlong forms, no surrogates, nothing beyond U+10FFFF. */
const continuations: Readonly<Record<string, readonly [due: number, low?: number, high?: number]>> = {
  '81': [1],
  '82': [2],
  '83': [3],
  '8e0': [2, 0xa0],
  '8ed': [2, 0x80, 0x9f],
  '8f0': [3, 0x90],
  '8f4': [3, 0x80, 0x8f],
};

function startOfCharacter(byte: number): string | null {
  const special: Readonly<Record<number, string>> = { 224: '8e0', 237: '8ed', 240: '8f0', 244: '8f4' };
  if (byte >= 0xc2 && byte <= 0xdf) return '81';
  if (byte >= 0xe0 && byte <= 0xef) return special[byte] ?? '82';
  return byte >= 0xf0 && byte <= 0xf4 ? (special[byte] ?? '83') : null;
}

export const anyJsonString: Term = jsonString({ min: 0, max: null });
