// Keeps the first bytes of a text that arrives in pieces, and counts all of them. Pieces may be JSON-escaped as sent.
import { decodeJsonText } from './json-text.ts';

export interface TextSample {
  /** A piece as it stands inside a JSON string, quotes excluded: `bytes[start, end)`. */
  readonly addEscaped: (bytes: Buffer, start: number, end: number) => void;
  readonly addText: (text: string) => void;
  /** What was kept, decoded. */
  readonly text: () => string;
  /** Share of the whole that was kept, 0 to 1; 1 while nothing was left out. */
  readonly keptShare: () => number;
  readonly isEmpty: () => boolean;
}

const KEPT_BYTES = 32 * 1024;
const FIRST_BYTES = 1024;

export function createTextSample(): TextSample {
  let kept: Buffer | null = null;
  let keptBytes = 0;
  let totalBytes = 0;

  function reserve(bytes: number): Buffer {
    const needed = keptBytes + bytes;
    if (kept === null) kept = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, needed));
    if (kept.length < needed) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(KEPT_BYTES, kept.length * 2)));
      kept.copy(larger, 0, 0, keptBytes);
      kept = larger;
    }
    return kept;
  }

  function addEscaped(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    totalBytes += size;
    if (keptBytes >= KEPT_BYTES) return;
    const room = Math.min(size, KEPT_BYTES - keptBytes);
    reserve(room).set(bytes.subarray(start, start + room), keptBytes);
    keptBytes += room;
    if (room < size) totalBytes = Math.max(totalBytes, keptBytes + 1);
  }

  return {
    addEscaped,
    addText(text) {
      if (text === '') return;
      const escaped = Buffer.from(JSON.stringify(text.slice(0, KEPT_BYTES)));
      addEscaped(escaped, 1, escaped.length - 1);
      if (text.length > KEPT_BYTES) totalBytes += text.length - KEPT_BYTES;
    },
    text: () => (kept === null ? '' : decodeJsonText(kept.toString('utf8', 0, keptBytes))),
    keptShare: () => (totalBytes === 0 ? 1 : Math.min(1, keptBytes / totalBytes)),
    isEmpty: () => totalBytes === 0,
  };
}
