// For tests of grammars: reads whole texts, and makes texts up from the tokens that a constraint allows.
import type { TokenBytes } from '../engine/token-text.ts';
import { createGrammarMachine, type GrammarState } from './grammar-machine.ts';
import type { Term } from './grammar-term.ts';
import type { TokenConstraint } from './token-constraint.ts';

/** Where a text leads: `end` where it is whole, `open` where it could go on only, `no` where it does not fit. */
export function reading(grammar: Term): (text: string) => 'end' | 'open' | 'no' {
  const { start } = createGrammarMachine(grammar);
  return (text) => {
    let state: GrammarState | null = start;
    for (const byte of new TextEncoder().encode(text)) state = state?.step(byte) ?? null;
    return state === null ? 'no' : state.mayEnd ? 'end' : 'open';
  };
}

/** Token 0 is the end token and has no bytes. */
export function tokenTable(tokens: readonly (string | Uint8Array)[]): TokenBytes {
  const encoded = tokens.map((token) =>
    typeof token === 'string' ? new TextEncoder().encode(token) : token,
  );
  const offsets = new Uint32Array(tokens.length + 1);
  encoded.forEach((token, id) => {
    offsets[id + 1] = (offsets[id] ?? 0) + token.length;
  });
  return { bytes: Uint8Array.from(encoded.flatMap((token) => [...token])), offsets, longestBytes: 16 };
}

/** Every byte, and pieces that cross the borders of JSON's parts as real vocabularies have them. */
export const vocabulary: readonly (string | Uint8Array)[] = [
  '',
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...[
    '{"',
    '"}',
    '":',
    '": "',
    '", "',
    '"}}',
    '[]',
    '{}',
    '],',
    '},',
    '"]',
    'true',
    'null',
    ' fal',
    'the',
    ' é',
    '12',
    '0.',
    '\\u00',
    '""',
  ],
];

const END = 0;
/** What brings a text to its end soonest, between JSON's strings and in them. */
const CLOSERS = [...'}]elurs:,01"'];
const CLOSERS_IN_STRING = [...'"nu0'];

/** A text of allowed tokens, drawn with `random` and, after so many tokens, steered to its end; null where none was reached. */
export function makeUp(constraint: TokenConstraint, random: () => number, freeTokens: number): string | null {
  let bytes = Buffer.alloc(0);
  for (let count = 0; count < 3_000 && !constraint.isComplete(); count++) {
    const mask = constraint.allowedTokens();
    const allowed = vocabulary.map((_, id) => id).filter((id) => mask[id] === 1);
    const isFree = count < freeTokens;
    if (!isFree && allowed.includes(END)) break;
    const drawn = isFree
      ? allowed[Math.floor(random() * allowed.length)]
      : steered(allowed, isInString(bytes));
    if (drawn === undefined) return null;
    if (drawn === END) break;
    constraint.accept(drawn);
    bytes = Buffer.concat([bytes, Buffer.from(vocabulary[drawn] ?? '')]);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function steered(allowed: readonly number[], inString: boolean): number | undefined {
  const idOf = (character: string) => character.charCodeAt(0) + 1;
  const closer = (inString ? CLOSERS_IN_STRING : CLOSERS).map(idOf).find((id) => allowed.includes(id));
  // Within a literal, a key or a character one byte alone is allowed: there is nothing to choose.
  return closer ?? allowed.find((id) => id <= 256);
}

function isInString(bytes: Buffer): boolean {
  const quotes = bytes.toString('latin1').replace(/\\./g, '').match(/"/g) ?? [];
  return quotes.length % 2 === 1;
}
