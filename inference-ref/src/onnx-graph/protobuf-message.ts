// Encodes protobuf messages as lists of byte chunks. Knows the wire format alone: no schema, no decoding, and large
// byte fields are referenced, never copied.

export interface EncodedMessage {
  readonly chunks: readonly Uint8Array[];
  readonly sizeBytes: number;
}

export interface MessageWriter {
  /** A varint; negative numbers take ten bytes, as int64 demands. */
  integer(field: number, value: number | bigint): MessageWriter;
  float(field: number, value: number): MessageWriter;
  text(field: number, value: string): MessageWriter;
  bytes(field: number, value: Uint8Array): MessageWriter;
  message(field: number, value: EncodedMessage): MessageWriter;
  finish(): EncodedMessage;
}

const WIRE_VARINT = 0;
const WIRE_LENGTH_DELIMITED = 2;
const WIRE_FLOAT32 = 5;

export function encodeVarint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export function createMessage(): MessageWriter {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const push = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
  };
  const tag = (field: number, wireType: number): void => push(encodeVarint(field * 8 + wireType));
  const writer: MessageWriter = {
    integer(field, value) {
      tag(field, WIRE_VARINT);
      push(encodeVarint(value));
      return writer;
    },
    float(field, value) {
      tag(field, WIRE_FLOAT32);
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setFloat32(0, value, true);
      push(bytes);
      return writer;
    },
    text: (field, value) => writer.bytes(field, new TextEncoder().encode(value)),
    bytes: (field, value) => writer.message(field, { chunks: [value], sizeBytes: value.byteLength }),
    message(field, value) {
      tag(field, WIRE_LENGTH_DELIMITED);
      push(encodeVarint(value.sizeBytes));
      for (const chunk of value.chunks) push(chunk);
      return writer;
    },
    finish: () => ({ chunks, sizeBytes }),
  };
  return writer;
}
