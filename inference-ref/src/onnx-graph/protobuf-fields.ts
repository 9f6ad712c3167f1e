// Reads the fields of one encoded protobuf message in the order they stand in. Knows the wire format alone: no schema, and
// byte fields are views, never copies.

export interface Field {
  readonly field: number;
  /** Varints as integers; text, bytes and messages as the bytes they are. Numbers of fixed size are skipped. */
  readonly value: bigint | Uint8Array;
}

const WIRE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** Throws a RangeError where the bytes end too soon or are no message. */
export function* readFields(message: Uint8Array): Generator<Field> {
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[position++];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new RangeError('a number in a protobuf message does not end');
  };
  const skip = (bytes: number): number => {
    const start = position;
    position += bytes;
    if (position > message.length) throw new RangeError('a protobuf message ends within a field');
    return start;
  };
  while (position < message.length) {
    const tag = Number(varint());
    const [field, wire] = [tag >> 3, tag & 7];
    if (wire === WIRE.varint) yield { field, value: varint() };
    else if (wire === WIRE.lengthDelimited)
      yield { field, value: sliceFrom(message, skip, Number(varint())) };
    else if (wire === WIRE.fixed32) skip(4);
    else if (wire === WIRE.fixed64) skip(8);
    else throw new RangeError(`a protobuf message has a field of the unknown kind ${wire}`);
  }
}

function sliceFrom(message: Uint8Array, skip: (bytes: number) => number, bytes: number): Uint8Array {
  const start = skip(bytes);
  return message.subarray(start, start + bytes);
}
