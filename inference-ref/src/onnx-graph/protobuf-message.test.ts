import { describe, expect, it } from 'vitest';
import { createMessage, type EncodedMessage, encodeVarint } from './protobuf-message.ts';

const hex = (message: EncodedMessage) => Buffer.concat(message.chunks).toString('hex');

describe('protobuf messages', () => {
  // Examples of the encoding guide of protocol buffers, and int64's rule for negative numbers.
  it.each([
    [1, '01'],
    [150, '9601'],
    [-1, 'ffffffffffffffffff01'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ])('encodes %d as a varint', (value, expected) => {
    expect(Buffer.from(encodeVarint(value)).toString('hex')).toBe(expected);
  });

  it('encodes text, numbers and nested messages with their field numbers', () => {
    const inner = createMessage().integer(1, 150).finish();
    expect(hex(createMessage().text(2, 'testing').finish())).toBe('120774657374696e67');
    expect(hex(createMessage().message(3, inner).finish())).toBe('1a03089601');
    expect(hex(createMessage().float(2, 1).finish())).toBe('150000803f');
  });

  it('references large fields instead of copying them', () => {
    const bytes = new Uint8Array(10);
    const message = createMessage().bytes(9, bytes).finish();
    expect(message.chunks.at(-1)).toBe(bytes);
    expect(message.sizeBytes).toBe(12);
  });
});
