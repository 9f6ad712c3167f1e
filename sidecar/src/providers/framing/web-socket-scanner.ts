// Reads the text messages of a WebSocket's one direction from bytes cut anywhere (RFC 6455, RFC 7692). Answers nothing,
// skips what is binary or larger than its bound.
import { constants, inflateRawSync } from 'node:zlib';
import { createJsonCollector } from './json-collector.ts';

export interface WebSocketScannerOptions {
  /** True where permessage-deflate was agreed on. */
  readonly deflated: boolean;
  readonly onMessage: (text: Buffer) => void;
  readonly onClose: () => void;
}

export interface WebSocketScanner {
  readonly push: (chunk: Buffer) => void;
}

const TEXT = 1;
const CLOSE = 8;
const CONTINUATION = 0;
const COMPRESSED_BYTES = 1024 * 1024;
const INFLATED_BYTES = 8 * 1024 * 1024;
const WINDOW_BYTES = 32 * 1024;
const DEFLATE_TAIL = Buffer.from([0, 0, 0xff, 0xff]);

interface FrameHead {
  readonly final: boolean;
  readonly deflated: boolean;
  readonly opcode: number;
  readonly headBytes: number;
  readonly payloadBytes: number;
  /** Null where the frame is not masked, as a server's never are. */
  readonly mask: Buffer | null;
}

export function createWebSocketScanner({
  deflated,
  onMessage,
  onClose,
}: WebSocketScannerOptions): WebSocketScanner {
  const plain = createJsonCollector();
  let head = Buffer.alloc(0);
  let frame: FrameHead | null = null;
  let taken = 0;
  let message: { readonly opcode: number; readonly deflated: boolean } = { opcode: 0, deflated: false };
  let compressed: Buffer[] = [];
  let compressedBytes = 0;
  let window = Buffer.alloc(0);

  function payload(current: FrameHead, bytes: Buffer): void {
    if (current.opcode >= CLOSE || message.opcode !== TEXT) return;
    const clear = unmask(bytes, current.mask, taken);
    if (!message.deflated) plain.push(clear);
    else {
      compressedBytes += clear.length;
      if (compressedBytes <= COMPRESSED_BYTES) compressed.push(Buffer.from(clear));
    }
  }

  function endFrame(current: FrameHead): void {
    if (current.opcode === CLOSE) onClose();
    if (current.opcode >= CLOSE || !current.final) return;
    const text = message.deflated ? inflate() : plain.take();
    if (message.opcode === TEXT && text !== null) onMessage(text);
    compressed = [];
    compressedBytes = 0;
  }

  /** Later messages may refer to the text of earlier ones: the last 32 kB are the dictionary. */
  function inflate(): Buffer | null {
    if (compressedBytes > COMPRESSED_BYTES) return null;
    const text = inflateRawSync(Buffer.concat([...compressed, DEFLATE_TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: INFLATED_BYTES,
      ...(window.length > 0 ? { dictionary: window } : {}),
    });
    window = Buffer.from(Buffer.concat([window, text]).subarray(-WINDOW_BYTES));
    return text;
  }

  return {
    push(chunk) {
      let at = 0;
      while (at < chunk.length || (frame !== null && taken === frame.payloadBytes)) {
        if (frame === null) {
          head = Buffer.concat([head, chunk.subarray(at, at + 1)]);
          at += 1;
          frame = readHead(head);
          if (frame === null) continue;
          head = Buffer.alloc(0);
          taken = 0;
          if (frame.opcode < CLOSE && frame.opcode !== CONTINUATION) {
            message = { opcode: frame.opcode, deflated: deflated && frame.deflated };
          }
        }
        const bytes = chunk.subarray(at, at + frame.payloadBytes - taken);
        payload(frame, bytes);
        taken += bytes.length;
        at += bytes.length;
        if (taken < frame.payloadBytes) return;
        endFrame(frame);
        frame = null;
      }
    },
  };
}

/** Null until the head is whole. */
function readHead(bytes: Buffer): FrameHead | null {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return null;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const headBytes = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < headBytes) return null;
  return {
    final: (first & 0x80) !== 0,
    deflated: (first & 0x40) !== 0,
    opcode: first & 0x0f,
    headBytes,
    payloadBytes:
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? bytes.readUInt16BE(2)
          : Number(bytes.readBigUInt64BE(2)),
    mask: masked ? Buffer.from(bytes.subarray(headBytes - 4, headBytes)) : null,
  };
}

function unmask(bytes: Buffer, mask: Buffer | null, offset: number): Buffer {
  if (mask === null) return bytes;
  const clear = Buffer.allocUnsafe(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) {
    clear[index] = (bytes[index] ?? 0) ^ (mask[(offset + index) % 4] ?? 0);
  }
  return clear;
}
