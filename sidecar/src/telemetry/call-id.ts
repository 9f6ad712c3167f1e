// UUIDv7 (RFC 9562): call ids that sort by time. Random bytes are drawn in blocks, since one draw a call is dear.
import { randomFillSync } from 'node:crypto';

const RANDOM_BYTES = 10;
const BLOCK_BYTES = RANDOM_BYTES * 512;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export type CreateCallId = (epochMicros: number) => string;

/** A source of UUIDv7s for the point in time given, in microseconds since the Unix epoch. */
export function createCallIdSource(): CreateCallId {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  let offset = BLOCK_BYTES;
  const hex = (index: number): string => HEX[block[offset + index] ?? 0] ?? '00';
  return (epochMicros) => {
    if (offset === BLOCK_BYTES) {
      randomFillSync(block);
      offset = 0;
    }
    const millis = Math.floor(epochMicros / 1000);
    const time = millis.toString(16).padStart(12, '0');
    const versioned = HEX[((block[offset] ?? 0) & 0x0f) | 0x70] ?? '70';
    const variant = HEX[((block[offset + 2] ?? 0) & 0x3f) | 0x80] ?? '80';
    const id = `${time.slice(0, 8)}-${time.slice(8)}-${versioned}${hex(1)}-${variant}${hex(3)}-${hex(4)}${hex(5)}${hex(6)}${hex(7)}${hex(8)}${hex(9)}`;
    offset += RANDOM_BYTES;
    return id;
  };
}
