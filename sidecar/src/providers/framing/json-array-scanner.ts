// Cuts a JSON array that arrives in pieces (Gemini's stream without SSE) into its elements. Also takes bare objects in a row.
import { createJsonCollector } from './json-collector.ts';

export interface JsonArrayScanner {
  readonly push: (chunk: Buffer) => void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Calls `onElement` with each object as soon as its closing brace was seen. */
export function createJsonArrayScanner(onElement: (element: Buffer) => void): JsonArrayScanner {
  const collector = createJsonCollector();
  let depth = 0;
  let inString = false;
  let escaped = false;

  /** The offset after the element's end, or -1 where it goes on in the next chunk. */
  function crossElement(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === 0x7b || byte === 0x5b) depth += 1;
      else if (byte === 0x7d || byte === 0x5d) {
        depth -= 1;
        if (depth === 0) return at + 1;
      }
    }
    return -1;
  }

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (depth === 0) {
          at = chunk.indexOf(0x7b, at);
          if (at < 0) return;
        }
        const end = crossElement(chunk, at);
        collector.push(chunk.subarray(at, end < 0 ? chunk.length : end));
        if (end < 0) return;
        const element = collector.take();
        if (element !== null) onElement(element);
        at = end;
      }
    },
  };
}
