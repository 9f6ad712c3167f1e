// Keeps the first bytes of a text that arrives in pieces, and counts all of them. Pieces may be JSON-escaped as sent.
// Plain state and functions, since two of these are made for every call.
import { decodeJsonText } from './json-text.ts';

export interface TextSample {
  /** Whole texts, all of them before `kept`. */
  readonly strings: string[];
  /** JSON-escaped bytes. */
  kept: Buffer | null;
  keptBytes: number;
  totalBytes: number;
}

const KEPT_BYTES = 32 * 1024;
const FIRST_BYTES = 512;
/** Shorter pieces are copied faster by a loop than by a native call. */
const LOOP_BYTES = 24;

export function createTextSample(): TextSample {
  return { strings: [], kept: null, keptBytes: 0, totalBytes: 0 };
}

/** Adds a piece as it stands inside a JSON string, quotes excluded: `bytes[start, end)`. */
export function addEscaped(sample: TextSample, bytes: Buffer, start: number, end: number): void {
  const size = end - start;
  sample.totalBytes += size;
  const room = Math.min(size, KEPT_BYTES - sample.keptBytes);
  if (room <= 0) return;
  const at = sample.keptBytes;
  const kept = reserve(sample, room);
  if (room > LOOP_BYTES) bytes.copy(kept, at, start, start + room);
  else for (let index = 0; index < room; index += 1) kept[at + index] = bytes[start + index] ?? 0;
  sample.keptBytes = at + room;
}

export function addText(sample: TextSample, text: string): void {
  if (text === '') return;
  if (sample.kept !== null) {
    const escaped = Buffer.from(JSON.stringify(text));
    addEscaped(sample, escaped, 1, escaped.length - 1);
    return;
  }
  sample.totalBytes += text.length;
  const room = Math.min(text.length, KEPT_BYTES - sample.keptBytes);
  if (room <= 0) return;
  sample.strings.push(room === text.length ? text : text.slice(0, room));
  sample.keptBytes += room;
}

/** What was kept, decoded. */
export function sampledText({ strings, kept, keptBytes }: TextSample): string {
  const whole = strings.join('');
  if (kept === null) return whole;
  return whole + decodeJsonText(kept.toString('utf8', whole.length, keptBytes));
}

/** Share of the whole that was kept, 0 to 1. */
export function sampledShare({ keptBytes, totalBytes }: TextSample): number {
  return totalBytes === 0 ? 1 : Math.min(1, keptBytes / totalBytes);
}

/** Room for `bytes` more; the part of the buffer that stands for `strings` stays unused. */
function reserve(sample: TextSample, bytes: number): Buffer {
  const needed = sample.keptBytes + bytes;
  const { kept } = sample;
  if (kept !== null && kept.length >= needed) return kept;
  const size = Math.max(needed, kept === null ? FIRST_BYTES : Math.min(KEPT_BYTES, kept.length * 2));
  const larger = Buffer.allocUnsafe(size);
  if (kept !== null) kept.copy(larger, 0, 0, sample.keptBytes);
  sample.kept = larger;
  return larger;
}
