// Gathers the bytes of one JSON document: small ones as they are, large ones condensed, so that memory stays bounded.
import { createJsonCondenser, type JsonCondenser } from './json-condenser.ts';

/** Documents up to this size are kept byte for byte. */
const RAW_BYTES = 64 * 1024;

export interface JsonCollector {
  readonly push: (bytes: Buffer) => void;
  /** The document, then starts anew; null where it was empty or outgrew every bound. */
  readonly take: () => Buffer | null;
  readonly isEmpty: () => boolean;
  /** True when the document at hand had to be condensed. */
  readonly isCondensed: () => boolean;
}

/** `keepsChunks` saves a copy where the bytes stay as they are and are taken soon. */
export function createJsonCollector({ keepsChunks = false } = {}): JsonCollector {
  let parts: Buffer[] = [];
  let length = 0;
  let condenser: JsonCondenser | null = null;
  return {
    push(bytes) {
      if (bytes.length === 0) return;
      length += bytes.length;
      if (condenser !== null) {
        condenser.push(bytes);
        return;
      }
      parts.push(keepsChunks ? bytes : Buffer.from(bytes));
      if (length <= RAW_BYTES) return;
      condenser = createJsonCondenser();
      for (const part of parts) condenser.push(part);
      parts = [];
    },
    take() {
      const whole = condenser === null ? joined(parts) : condenser.take();
      parts = [];
      length = 0;
      condenser = null;
      return whole;
    },
    isEmpty() {
      return length === 0;
    },
    isCondensed() {
      return condenser !== null;
    },
  };
}

function joined(parts: readonly Buffer[]): Buffer | null {
  if (parts.length === 0) return null;
  return parts.length === 1 ? (parts[0] ?? null) : Buffer.concat(parts);
}
