// The small buffers that a native decoder's bindings share: integers of 64 bits written as halves, so that no BigInt is
// made, logits read as float32, and the cache's parts bound as past and present at once.

import { fromFloat16Bits } from '../onnx-graph/half-float.ts';
import type { DecoderGraphIo } from './decoder-graph-io.ts';
import type { KvArray, KvSlab } from './kv-slab.ts';
import type { BoundTensor, NativeBinding } from './native-session.ts';

export interface TokenNumbers {
  put(index: number, value: number): void;
  fill(value: number, start: number, end: number): void;
  tensor(dims: readonly number[]): BoundTensor;
}

/** Whole numbers from 0 to 2³¹ − 1 as int64: every platform of the runtime stores the low half first. */
export function createTokenNumbers(count: number): TokenNumbers {
  const memory = new ArrayBuffer(Math.max(1, count) * 8);
  const halves = new Int32Array(memory);
  const whole = new BigInt64Array(memory);
  return {
    put(index, value) {
      halves[index * 2] = value;
    },
    fill: (value, start, end) => void whole.fill(BigInt(value), start, end),
    tensor: (dims) => ({ memory: whole, elementType: 'int64', dims }),
  };
}

export function logitsToKeep(count: number): BoundTensor {
  const number = createTokenNumbers(1);
  number.put(0, count);
  return number.tensor([]);
}

export interface Logits {
  tensor(dims: readonly number[]): BoundTensor;
  /** Rows of logits as float32; they stand until the next run. */
  read(firstRow: number, endRow: number): Float32Array;
}

export function createLogits({ logitsType, vocabSize }: DecoderGraphIo, rows: number): Logits {
  const length = Math.max(1, rows * vocabSize);
  if (logitsType === 'float16') {
    const halves = new Uint16Array(new ArrayBuffer(length * 2));
    return {
      tensor: (dims) => ({ memory: halves, elementType: 'float16', dims }),
      read: (first, end) => fromFloat16Bits(halves.subarray(first * vocabSize, end * vocabSize)),
    };
  }
  const numbers = new Float32Array(new ArrayBuffer(length * 4));
  return {
    tensor: (dims) => ({ memory: numbers, elementType: 'float32', dims }),
    read: (first, end) => numbers.subarray(first * vocabSize, end * vocabSize),
  };
}

export interface CacheRows {
  readonly rows: number;
  readonly slab: KvSlab;
  /** The rows' numbers of one part. */
  readonly viewOf: (part: number) => KvArray;
}

/** The same memory as past and as present: the runtime then writes the new positions in place and copies nothing. */
export function bindCache(
  binding: NativeBinding,
  io: DecoderGraphIo,
  { rows, slab, viewOf }: CacheRows,
): void {
  const { keyValueHeads, headSize, elementType } = io.kv;
  const dims = [rows, keyValueHeads, slab.capacityTokens, headSize];
  io.pastNames.forEach((past, part) => {
    const tensor: BoundTensor = { memory: viewOf(part), elementType, dims };
    binding.input(past, tensor);
    binding.output(io.presentNames[part] as string, tensor);
  });
}

/** For a text that follows nothing and is not kept. */
export function bindEmptyCache(binding: NativeBinding, { pastNames, kv }: DecoderGraphIo): void {
  const memory = new Float32Array(new ArrayBuffer(64));
  const dims = [1, kv.keyValueHeads, 0, kv.headSize];
  for (const past of pastNames) binding.input(past, { memory, elementType: kv.elementType, dims });
}
