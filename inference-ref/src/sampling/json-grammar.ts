// JSON (RFC 8259) as a machine over bytes whose root is an object. A state is a text: what is open (`{` or `[`), then `:`
// and what is expected next; so equal states are equal keys. At most one space or line break stands between tokens, so
// a model cannot fill its answer with blanks.

export type JsonState = string;

export const jsonStart: JsonState = ':start';

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
const LITERALS = ['true', 'false', 'null'];
const MAX_DEPTH = 64;

type Step = (stack: string, character: string, byte: number) => JsonState | null;

/** The state after one byte, null where no JSON object goes on so; `done` after the root's closing brace. */
export function nextJsonState(state: JsonState, byte: number): JsonState | null {
  const border = state.indexOf(':');
  if (border < 0) return null;
  const stack = state.slice(0, border);
  const mode = state.slice(border + 1);
  const character = byte < 0x80 ? String.fromCharCode(byte) : '';
  const isBlank = character === ' ' || character === '\n';
  if (isBlank && blankable.has(mode)) return `${stack}:${mode}_`;
  const plain = mode.endsWith('_') ? mode.slice(0, -1) : mode;
  const step = steps[plain];
  if (step !== undefined) return step(stack, character, byte);
  const [kind = '', rest = ''] = plain.split('/');
  if (kind === 'string' || kind === 'key') return inString(stack, { kind, rest, character, byte });
  if (kind === 'number') return inNumber(stack, rest, character);
  if (kind === 'literal') return inLiteral(stack, rest, character);
  return null;
}

const blankable = new Set(['object', 'nextKey', 'colon', 'value', 'array', 'after']);

const steps: Readonly<Record<string, Step>> = {
  start: (_, character) => (character === '{' ? '{:object' : null),
  object: (stack, character) =>
    character === '"' ? `${stack}:key/` : character === '}' ? close(stack) : null,
  nextKey: (stack, character) => (character === '"' ? `${stack}:key/` : null),
  colon: (stack, character) => (character === ':' ? `${stack}:value` : null),
  value: (stack, character) => startValue(stack, character),
  array: (stack, character) => (character === ']' ? close(stack) : startValue(stack, character)),
  after: (stack, character) => {
    const open = stack.at(-1) ?? '';
    if (character === ',') return open === '{' ? `${stack}:nextKey` : `${stack}:value`;
    return character === CLOSING[open] ? close(stack) : null;
  },
};

function close(stack: string): JsonState {
  const rest = stack.slice(0, -1);
  return rest === '' ? 'done' : `${rest}:after`;
}

function startValue(stack: string, character: string): JsonState | null {
  if (character === '"') return `${stack}:string/`;
  if (character === '{' || character === '[') {
    if (stack.length >= MAX_DEPTH) return null;
    return `${stack}${character}:${character === '{' ? 'object' : 'array'}`;
  }
  if (character === '-') return `${stack}:number/sign`;
  if (character === '0') return `${stack}:number/zero`;
  if (isDigit(character)) return `${stack}:number/whole`;
  const literal = LITERALS.find((word) => word[0] === character);
  return literal === undefined || character === '' ? null : `${stack}:literal/${literal.slice(1)}`;
}

interface StringStep {
  readonly kind: string;
  /** '' plain, `\` after a backslash, `uNN` hex digits of an escape so far, `8…` within a UTF-8 character. */
  readonly rest: string;
  readonly character: string;
  readonly byte: number;
}

function inString(stack: string, { kind, rest, character, byte }: StringStep): JsonState | null {
  const inside = (next: string) => `${stack}:${kind}/${next}`;
  if (rest === '\\') {
    if (character === 'u') return inside('u');
    return character !== '' && '"\\/bfnrt'.includes(character) ? inside('') : null;
  }
  if (rest.startsWith('u')) {
    if (!/^[0-9a-fA-F]$/.test(character)) return null;
    return inside(rest.length === 4 ? '' : `${rest}h`);
  }
  if (rest.startsWith('8')) {
    const [due = 0, low = 0x80, high = 0xbf] = continuations[rest] ?? [];
    if (byte < low || byte > high) return null;
    return inside(due === 1 ? '' : `8${due - 1}`);
  }
  if (character === '"') return kind === 'key' ? `${stack}:colon` : `${stack}:after`;
  if (character === '\\') return inside('\\');
  if (byte < 0x20) return null;
  if (byte < 0x80) return inside('');
  const start = startOfCharacter(byte);
  return start === null ? null : inside(start);
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

function inNumber(stack: string, part: string, character: string): JsonState | null {
  const inside = (next: string) => `${stack}:number/${next}`;
  if (isDigit(character)) {
    if (part === 'sign') return inside(character === '0' ? 'zero' : 'whole');
    if (part === 'zero') return null;
    if (part === 'point') return inside('fraction');
    if (part === 'e' || part === 'eSign') return inside('exponent');
    return inside(part);
  }
  if (character === '.') return part === 'zero' || part === 'whole' ? inside('point') : null;
  if (character === 'e' || character === 'E') {
    return ['zero', 'whole', 'fraction'].includes(part) ? inside('e') : null;
  }
  if (character === '+' || character === '-') return part === 'e' ? inside('eSign') : null;
  if (!['zero', 'whole', 'fraction', 'exponent'].includes(part)) return null;
  // The number has ended: its next character belongs to what surrounds it.
  return nextJsonState(`${stack}:after`, character === '' ? 0xff : character.charCodeAt(0));
}

function inLiteral(stack: string, rest: string, character: string): JsonState | null {
  if (character === '' || rest[0] !== character) return null;
  return rest.length === 1 ? `${stack}:after` : `${stack}:literal/${rest.slice(1)}`;
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character !== '';
}
