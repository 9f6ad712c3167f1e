// Splits bytes into lines ended by LF, CR or CRLF, however the chunks are cut. A line that ends is given at once.
import { createJsonCollector } from './json-collector.ts';

const LF = 0x0a;
const CR = 0x0d;

export interface LineScanner {
  readonly push: (chunk: Buffer) => void;
  /** Gives the last line where it had no end. */
  readonly end: () => void;
  /** True where the next byte begins a line. */
  readonly isAtStart: () => boolean;
}

/** The line is `bytes[start, end)`. `condensed` is true for one so long that only the condensed JSON in it was kept. */
export type OnLine = (bytes: Buffer, start: number, end: number, condensed: boolean) => void;

export function createLineScanner(onLine: OnLine): LineScanner {
  const partial = createJsonCollector();
  let skipLf = false;

  function emitPartial(rest: Buffer): void {
    partial.push(rest);
    const condensed = partial.isCondensed();
    const line = partial.take();
    if (line !== null) onLine(line, 0, line.length, condensed);
  }

  return {
    push(chunk) {
      let start = skipLf && chunk[0] === LF ? 1 : 0;
      if (chunk.length > 0) skipLf = false;
      let lf = chunk.indexOf(LF, start);
      let cr = chunk.indexOf(CR, start);
      while (lf >= 0 || cr >= 0) {
        const atCr = cr >= 0 && (lf < 0 || cr < lf);
        const end = atCr ? cr : lf;
        if (partial.isEmpty()) onLine(chunk, start, end, false);
        else emitPartial(chunk.subarray(start, end));
        start = end + 1;
        if (atCr && start === chunk.length) skipLf = true;
        else if (atCr && chunk[start] === LF) start += 1;
        if (lf >= 0 && lf < start) lf = chunk.indexOf(LF, start);
        if (cr >= 0 && cr < start) cr = chunk.indexOf(CR, start);
      }
      if (start < chunk.length) partial.push(chunk.subarray(start));
    },
    end() {
      if (!partial.isEmpty()) emitPartial(Buffer.alloc(0));
    },
    isAtStart() {
      return !skipLf && partial.isEmpty();
    },
  };
}
