import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFields } from './protobuf-fields.ts';
import { createMessage } from './protobuf-message.ts';

const bytesOf = (message: ReturnType<typeof createMessage>) => Buffer.concat(message.finish().chunks);

describe('readFields', () => {
  it('gives back what was written, in its order', () => {
    const integer = fc.bigInt({ min: 0n, max: 2n ** 63n });
    const field = fc.record({
      field: fc.integer({ min: 1, max: 1000 }),
      value: fc.oneof(integer, fc.uint8Array()),
    });
    fc.assert(
      fc.property(fc.array(field, { maxLength: 8 }), (fields) => {
        const message = createMessage();
        for (const { field, value } of fields) {
          if (typeof value === 'bigint') message.integer(field, value);
          else message.bytes(field, value);
        }
        const read = Array.from(readFields(bytesOf(message)), ({ field, value }) => ({
          field,
          value: typeof value === 'bigint' ? value : Uint8Array.from(value),
        }));
        expect(read).toEqual(fields);
      }),
    );
  });

  it('passes over numbers of fixed size', () => {
    const message = bytesOf(createMessage().float(1, 0.5).integer(2, 7));
    expect([...readFields(message)]).toEqual([{ field: 2, value: 7n }]);
  });

  it.each([
    ['within a number', Uint8Array.of(0x08, 0x80)],
    ['within a field', Uint8Array.of(0x12, 5, 1, 2)],
    ['within a float', Uint8Array.of(0x0d, 0, 0)],
    ['with no message at all', Uint8Array.of(0x0f)],
  ])('refuses bytes that end %s', (_, bytes) => {
    expect(() => [...readFields(bytes)]).toThrow(RangeError);
  });
});
