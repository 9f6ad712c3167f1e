// Reads AWS event-stream frames from bytes cut anywhere. Checks lengths, not checksums: a broken stream ends the reading.
export interface EventStreamFrame {
  /** The frame's string headers: `:event-type`, `:message-type`, `:exception-type`, … */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

export interface EventStreamScanner {
  readonly push: (chunk: Buffer) => void;
}

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
/** AWS allows 16 MB; a frame of a model's answer is far smaller, and one beyond this is skipped unread. */
const READ_BYTES = 1024 * 1024;
const LARGEST_FRAME = 32 * 1024 * 1024;

export function createEventStreamScanner(onFrame: (frame: EventStreamFrame) => void): EventStreamScanner {
  let held = Buffer.alloc(0);
  let skipBytes = 0;
  let broken = false;

  function readFrames(): void {
    while (held.length >= PRELUDE_BYTES) {
      const total = held.readUInt32BE(0);
      const headerBytes = held.readUInt32BE(4);
      if (total < PRELUDE_BYTES + CHECKSUM_BYTES + headerBytes || total > LARGEST_FRAME) {
        broken = true;
        held = Buffer.alloc(0);
        return;
      }
      if (total > READ_BYTES) {
        skipBytes = Math.max(0, total - held.length);
        held = held.subarray(Math.min(total, held.length));
        continue;
      }
      if (held.length < total) return;
      const payloadAt = PRELUDE_BYTES + headerBytes;
      onFrame({
        headers: readHeaders(held.subarray(PRELUDE_BYTES, payloadAt)),
        payload: held.subarray(payloadAt, total - CHECKSUM_BYTES),
      });
      held = held.subarray(total);
    }
  }

  return {
    push(chunk) {
      if (broken) return;
      const rest = chunk.subarray(Math.min(skipBytes, chunk.length));
      skipBytes -= chunk.length - rest.length;
      held = held.length === 0 ? Buffer.from(rest) : Buffer.concat([held, rest]);
      readFrames();
    },
  };
}

/** Bytes of a header's value by its type; 6 and 7 carry their length. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BYTES_TYPE = 6;
const STRING_TYPE = 7;

function readHeaders(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const nameBytes = bytes[at] ?? 0;
    const name = bytes.toString('utf8', at + 1, at + 1 + nameBytes);
    const type = bytes[at + 1 + nameBytes] ?? -1;
    at += 2 + nameBytes;
    if (type === STRING_TYPE || type === BYTES_TYPE) {
      if (at + 2 > bytes.length) return headers;
      const length = bytes.readUInt16BE(at);
      if (type === STRING_TYPE) headers[name] = bytes.toString('utf8', at + 2, at + 2 + length);
      at += 2 + length;
    } else {
      const length = VALUE_BYTES[type];
      if (length === undefined) return headers;
      at += length;
    }
  }
  return headers;
}
