// Keyed digests of texts that are put together from pieces: SHA-256 over key, text, key, in one native call. Many small
// HMACs a call cost more than all other metering.
import { hash } from 'node:crypto';

/** Room that is kept; a longer text gets a buffer of its own. */
const KEPT_BYTES = 64 * 1024;

/** A text that grows piece by piece; `digest` ends it, and the next piece begins another. */
export interface KeyedText {
  readonly add: (piece: string) => void;
  /** Adds `bytes[start, end)`. */
  readonly addBytes: (bytes: Buffer, start: number, end: number) => void;
  /** Hex. It depends on the text alone, however it was cut into pieces. */
  readonly digest: () => string;
}

/** The key stands before and behind the text, so that a digest cannot be extended to that of a longer text. */
export function createKeyedText(key: Buffer): KeyedText {
  const kept = Buffer.allocUnsafe(Math.max(KEPT_BYTES, 4 * key.length));
  key.copy(kept, 0);
  let text = kept;
  let length = key.length;

  /** Room for `bytes` more, and for the key behind them. */
  const reserve = (bytes: number): void => {
    const needed = length + bytes + key.length;
    if (needed <= text.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * text.length));
    text.copy(larger, 0, 0, length);
    text = larger;
  };

  return {
    add: (piece) => {
      reserve(3 * piece.length);
      length += text.write(piece, length);
    },
    addBytes: (bytes, start, end) => {
      reserve(end - start);
      length += bytes.copy(text, length, start, end);
    },
    digest: () => {
      key.copy(text, length);
      const digest = hash('sha256', text.subarray(0, length + key.length), 'hex');
      text = kept;
      length = key.length;
      return digest;
    },
  };
}
