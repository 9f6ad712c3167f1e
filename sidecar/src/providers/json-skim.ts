// Finds the members of a JSON object and the elements of a JSON array by bytes, without parsing what lies between.
// Broken JSON yields what was found before the break; nothing here throws.

export interface JsonSlice {
  /** Offset of the value's first byte. */
  readonly start: number;
  /** Offset after the value's last byte. */
  readonly end: number;
}

/** A member of an object: its name, and where its value lies. */
export interface JsonMember extends JsonSlice {
  readonly key: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
/** Strings longer than this are crossed by a native search instead of a loop. */
const LOOP_BYTES = 48;

/** Calls `onMember` for each member of the object that starts at `from` (after white space), in order. */
export function skimObject(json: Buffer, onMember: (key: string, value: JsonSlice) => void, from = 0): void {
  let at = skipSpace(json, from);
  if (json[at] !== OPEN_BRACE) return;
  at = skipSpace(json, at + 1);
  while (json[at] === QUOTE) {
    const keyEnd = endOfString(json, at);
    if (keyEnd < 0) return;
    const key = readKey(json, at, keyEnd);
    at = skipSpace(json, keyEnd);
    if (json[at] !== COLON) return;
    const start = skipSpace(json, at + 1);
    const end = endOfValue(json, start);
    if (end < 0) return;
    onMember(key, { start, end });
    at = skipSpace(json, end);
    if (json[at] !== COMMA) return;
    at = skipSpace(json, at + 1);
  }
}

/** The members of the object that starts at offset 0 (after white space), in order. */
export function membersOf(json: Buffer): JsonMember[] {
  const members: JsonMember[] = [];
  skimObject(json, (key, { start, end }) => members.push({ key, start, end }));
  return members;
}

/** The elements of the array that starts at `from`, at most `limit` of them. */
export function skimArray(json: Buffer, from: number, limit: number): JsonSlice[] {
  const elements: JsonSlice[] = [];
  let at = skipSpace(json, from);
  if (json[at] !== OPEN_BRACKET) return elements;
  at = skipSpace(json, at + 1);
  while (elements.length < limit && at < json.length && json[at] !== CLOSE_BRACKET) {
    const end = endOfValue(json, at);
    if (end < 0) return elements;
    elements.push({ start: at, end });
    at = skipSpace(json, end);
    if (json[at] !== COMMA) return elements;
    at = skipSpace(json, at + 1);
  }
  return elements;
}

/** Offset after the string whose opening quote is at `at`; -1 where it does not end. */
export function endOfString(json: Buffer, at: number): number {
  let cursor = at + 1;
  const loopEnd = Math.min(json.length, cursor + LOOP_BYTES);
  while (cursor < loopEnd) {
    const byte = json[cursor];
    if (byte === QUOTE) return cursor + 1;
    cursor += byte === BACKSLASH ? 2 : 1;
  }
  return cursor >= json.length ? -1 : endOfLongString(json, cursor);
}

function endOfLongString(json: Buffer, from: number): number {
  let quote = json.indexOf(QUOTE, from);
  while (quote >= 0) {
    let backslashes = 0;
    while (quote - backslashes - 1 >= from && json[quote - backslashes - 1] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    quote = json.indexOf(QUOTE, quote + 1);
  }
  return -1;
}

/** Offset after the value that starts at `at`; -1 where it does not end. */
export function endOfValue(json: Buffer, at: number): number {
  const first = json[at];
  if (first === QUOTE) return endOfString(json, at);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfContainer(json, at);
  let cursor = at;
  while (cursor < json.length) {
    const byte = json[cursor];
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)) break;
    cursor += 1;
  }
  return cursor === at ? -1 : cursor;
}

function endOfContainer(json: Buffer, at: number): number {
  let depth = 0;
  let cursor = at;
  const length = json.length;
  while (cursor < length) {
    const byte = json[cursor];
    if (byte === QUOTE) {
      cursor = endOfString(json, cursor);
      if (cursor < 0) return -1;
      continue;
    }
    cursor += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return cursor;
    }
  }
  return -1;
}

export function skipSpace(json: Buffer, at: number): number {
  let cursor = at;
  while (cursor < json.length && isSpace(json[cursor])) cursor += 1;
  return cursor;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function readKey(json: Buffer, start: number, end: number): string {
  const raw = json.toString('utf8', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    const key: unknown = JSON.parse(`"${raw}"`);
    return typeof key === 'string' ? key : raw;
  } catch {
    return raw;
  }
}
