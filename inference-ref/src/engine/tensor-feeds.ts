// What both decoders on Node's binding feed and read: the tensors of a prompt, logits, parts of a cache.

import { Tensor } from 'onnxruntime-node';
import { fromFloat16Bits } from '../onnx-graph/half-float.ts';
import { type DecoderGraphIo, LOGITS_TO_KEEP } from './decoder-graph-io.ts';
import type { KvArray } from './kv-slab.ts';

export type Feeds = Record<string, Tensor>;

export interface PromptPiece {
  readonly start: number;
  readonly tokens: Int32Array;
  readonly logitCount: number;
}

/** All but the cache. */
export function promptFeeds(io: DecoderGraphIo, { start, tokens, logitCount }: PromptPiece): Feeds {
  const fed = tokens.length;
  const mask = new BigInt64Array(start + fed).fill(1n);
  const feeds: Feeds = {
    input_ids: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, fed]),
    attention_mask: new Tensor('int64', mask, [1, start + fed]),
  };
  if (io.hasPositionIds) {
    const positions = BigInt64Array.from({ length: fed }, (_, i) => BigInt(start + i));
    feeds['position_ids'] = new Tensor('int64', positions, [1, fed]);
  }
  if (io.hasLogitsToKeep) feeds[LOGITS_TO_KEEP] = logitsToKeep(Math.max(1, logitCount));
  return feeds;
}

export function logitsToKeep(count: number): Tensor {
  return new Tensor('int64', BigInt64Array.of(BigInt(count)), []);
}

/** The last `count` numbers, as float32. */
export function lastLogits(tensor: Tensor | undefined, count: number): Float32Array {
  const all = floatsOf(tensor);
  return all.length === count ? all : all.subarray(all.length - count);
}

export function kvTensor(
  io: DecoderGraphIo,
  numbers: KvArray,
  [rows, positions]: readonly [number, number],
): Tensor {
  const dims = [rows, io.kv.keyValueHeads, positions, io.kv.headSize];
  return io.kv.elementType === 'float16'
    ? new Tensor('float16', numbers as Uint16Array, dims)
    : new Tensor('float32', numbers as Float32Array, dims);
}

/** Half floats as their bits, whatever array the runtime gives them in. */
export function kvNumbers(tensor: Tensor): KvArray {
  const data = tensor.data as KvArray;
  if (tensor.type !== 'float16') return data;
  return new Uint16Array(data.buffer, data.byteOffset, data.length);
}

export function floatsOf(tensor: Tensor | undefined): Float32Array {
  if (tensor?.type === 'float32') return tensor.data as Float32Array;
  if (tensor?.type === 'float16') return fromFloat16Bits(kvNumbers(tensor) as Uint16Array);
  throw new TypeError(`expected float numbers from the runtime, got ${tensor?.type ?? 'nothing'}`);
}
