// A keyed digest in one native call: SHA-256 over key, text, key. Many small HMACs a call cost more than all other metering.
import { hash } from 'node:crypto';

/** Reused for texts up to this size; larger ones get a buffer of their own. */
const SCRATCH_BYTES = 64 * 1024;
const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);

/** Hex. The key stands before and behind the text, so that a digest cannot be extended to that of a longer text. */
export function keyedDigest(key: Buffer, parts: readonly (Buffer | string)[]): string {
  let bytes = 2 * key.length;
  for (const part of parts) bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
  const text = bytes <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafe(bytes);
  let at = key.copy(text, 0);
  for (const part of parts) at += typeof part === 'string' ? text.write(part, at) : part.copy(text, at);
  key.copy(text, at);
  return hash('sha256', text.subarray(0, bytes), 'hex');
}
