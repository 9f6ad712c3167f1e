// One segment of the spool: an NDJSON file that only grows until it is sealed, and never changes afterwards.
// After a failed write it holds whole lines only, or knows how many of its bytes are good.
import { closeSync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export interface OpenSegment {
  readonly path: string;
  /** Bytes of whole lines. */
  readonly bytes: () => number;
  /** Appends whole lines with one write. Throws what the disk says; the segment then takes no more. */
  readonly append: (lines: Buffer) => void;
  readonly syncNow: () => void;
  readonly close: () => void;
}

export function openSegment(path: string): OpenSegment {
  const descriptor = openSync(path, 'ax', 0o600);
  let goodBytes = 0;
  return {
    path,
    bytes: () => goodBytes,
    append: (lines) => {
      try {
        let offset = 0;
        while (offset < lines.length) offset += writeSync(descriptor, lines, offset);
        goodBytes += lines.length;
      } catch (error) {
        cutTornLine(descriptor, goodBytes);
        throw error;
      }
    },
    syncNow: () => fdatasyncSync(descriptor),
    close: () => closeSync(descriptor),
  };
}

/** Best effort: a tail that cannot be cut off is left out by `bytes`, and by a replay, which takes whole lines only. */
function cutTornLine(descriptor: number, goodBytes: number): void {
  try {
    ftruncateSync(descriptor, goodBytes);
  } catch {
    // The same broken disk: the readers of this file know where its good bytes end.
  }
}
