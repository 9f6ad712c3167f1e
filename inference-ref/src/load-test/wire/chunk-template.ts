// Most chunks of a stream differ in one JSON string alone, the new text. Once the dialect has read such a chunk, its bytes before
// and after that string are kept: a chunk with the same bytes around another string is the same JSON with another text, and need
// not be parsed. What does not match is read in full.
import type { EventKind } from './dialect.ts';

export interface ChunkTemplate {
  readonly before: Buffer;
  readonly after: Buffer;
  readonly kind: EventKind;
}

/** Reads bytes as one whole event: its kind and text when they hold that and nothing else, null otherwise. */
export type ReadAlone = (bytes: Buffer) => { readonly kind: EventKind; readonly text: string } | null;

const QUOTE = 34;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const CONTINUATION = 0x80;
const TWO_BYTE_LEAD = 0xc0;
const FOUR_BYTE_LEAD = 0xf0;
/** Any text that no server says by itself: whether the string found is what the dialect reads is tried with it. */
const STRANGE_TEXT = Buffer.from('tollgate template probe');

export interface TemplateLesson {
  /** One whole event, blank line included. */
  readonly chunk: Buffer;
  /** What the dialect read in it, and nothing else. */
  readonly kind: EventKind;
  readonly text: string;
  readonly readAlone: ReadAlone;
}

/** Null when it can't be told where in the chunk the text stands. */
export function learnTemplate({ chunk, kind, text, readAlone }: TemplateLesson): ChunkTemplate | null {
  const string = Buffer.from(JSON.stringify(text));
  const at = chunk.indexOf(string);
  if (at === -1 || chunk.indexOf(string, at + 1) !== -1) return null;
  const before = Buffer.from(chunk.subarray(0, at + 1));
  const after = Buffer.from(chunk.subarray(at + string.length - 1));
  const read = readAlone(Buffer.concat([before, STRANGE_TEXT, after]));
  const same = read !== null && read.kind === kind && read.text === STRANGE_TEXT.toString();
  return same ? { before, after, kind } : null;
}

/** Where the text ends that starts after `before`; -1 when the bytes are no chunk of this template with a plain text. */
export function matchTemplate(
  { before, after }: ChunkTemplate,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  const start = from + before.length;
  if (start >= to || !standsAt(before, bytes, from)) return -1;
  let end = start;
  for (; end < to; end += 1) {
    const byte = bytes[end] ?? 0;
    if (byte === QUOTE) break;
    if (byte === BACKSLASH || byte < FIRST_PRINTABLE) return -1;
  }
  return end > start && end + after.length <= to && standsAt(after, bytes, end) ? end : -1;
}

/** Length of UTF-8 text in the units of a JavaScript string. */
export function textLength(bytes: Buffer, from: number, to: number): number {
  let units = 0;
  for (let index = from; index < to; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte < CONTINUATION || byte >= TWO_BYTE_LEAD) units += byte >= FOUR_BYTE_LEAD ? 2 : 1;
  }
  return units;
}

function standsAt(part: Buffer, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < part.length; index += 1) if (part[index] !== bytes[at + index]) return false;
  return true;
}
