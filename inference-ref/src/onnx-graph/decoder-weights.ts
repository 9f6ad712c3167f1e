// Puts a checkpoint's matrices into a graph in the form its dtype asks for: plain, half, or quantised in blocks. It
// streams blocks of rows and joins matrices that one product serves (query, key and value; gate and up).

import { quantizeRows } from './block-quantization.ts';
import { createColumnQuantizer } from './column-quantization.ts';
import { type DecoderShape, errUnsupportedShape } from './decoder-shape.ts';
import type { GraphBuilder } from './graph-builder.ts';
import { toFloat16Bits } from './half-float.ts';
import type { ByteChunks, InitializerStore } from './initializer-store.ts';
import { elementTypeCodes } from './onnx-messages.ts';
import { tensorDims, type WeightSource } from './weight-source.ts';

export type DecoderDtype = 'fp32' | 'fp16' | 'int8' | 'int4' | 'w8a8';
export type FloatType = 'float32' | 'float16';

export interface DecoderWeightsOptions {
  readonly shape: DecoderShape;
  /** What the graph computes with. */
  readonly floatType: FloatType;
  /** What the file holds; where it differs, a Cast widens the tensor once, when the runtime folds constants. */
  readonly storedType: FloatType;
  readonly source: WeightSource;
  readonly store: InitializerStore;
  readonly graph: GraphBuilder;
}

export interface DecoderWeights {
  /** A vector (norm weight, joined biases). */
  vector(name: string, tensors: readonly string[]): Promise<void>;
  /** Rows as they stand, [rows, width]: what an embedding look-up reads. */
  rows(name: string, tensors: readonly string[]): Promise<void>;
  /** Turned to [width, rows]: what MatMul multiplies with. */
  transposed(name: string, tensors: readonly string[]): Promise<void>;
  /** `name` [rows, blocks, bytes] and `name_scales` [rows, blocks]: what MatMulNBits multiplies with. */
  quantized(name: string, tensors: readonly string[], bits: 4 | 8): Promise<void>;
  /** `name` int8 [width, rows] and `name_scales` float32 [rows]: what MatMulIntegerToFloat multiplies with. */
  quantizedColumns(name: string, tensors: readonly string[]): Promise<void>;
}

export const QUANTIZED_BLOCK_SIZE = 32;
/** A tensor's name in the file, where the graph widens it under its own. */
export const storedName = (name: string): string => `${name}_stored`;

const CHUNK_NUMBERS = 4_000_000;

export function createDecoderWeights(options: DecoderWeightsOptions): DecoderWeights {
  const { source, store, floatType, storedType } = options;
  const dims = tensorDims(options.shape);
  const toBytes = storedType === 'float16' ? halfBytes : singleBytes;
  const addFloats = async (name: string, size: readonly number[], chunks: ByteChunks): Promise<void> => {
    const isWidened = storedType !== floatType;
    const stored = isWidened ? storedName(name) : name;
    await store.add({ name: stored, dims: size, elementType: storedType }, chunks);
    if (!isWidened) return;
    const to = { integer: elementTypeCodes[floatType] };
    options.graph.standard('Cast', {
      name: `${name}/widened`,
      inputs: [stored],
      outputs: [name],
      attributes: { to },
    });
  };
  const sizeOf = (tensors: readonly string[]) => joinedSize(dims, tensors);
  return {
    async vector(name, tensors) {
      const { rows } = sizeOf(tensors);
      const bytes = toBytes(await readAll(source, dims, tensors));
      await addFloats(name, [rows], [bytes]);
    },
    async rows(name, tensors) {
      const { rows, width } = sizeOf(tensors);
      const chunks = mapChunks(readBlocks(source, dims, tensors), toBytes);
      await addFloats(name, [rows, width], chunks);
    },
    async transposed(name, tensors) {
      const { rows, width } = sizeOf(tensors);
      const turned = transpose(await readAll(source, dims, tensors), rows, width);
      await addFloats(name, [width, rows], [toBytes(turned)]);
    },
    async quantized(name, tensors, bits) {
      const { rows, width } = sizeOf(tensors);
      const blockSize = QUANTIZED_BLOCK_SIZE;
      if (width % blockSize !== 0) {
        throw errUnsupportedShape(
          `${name}: rows of ${width} numbers do not divide into blocks of ${blockSize}`,
        );
      }
      const scales: Uint8Array[] = [];
      const chunks = mapChunks(readBlocks(source, dims, tensors), (block) => {
        const quantized = quantizeRows(block, { bits, blockSize });
        scales.push(toBytes(quantized.scales));
        return quantized.data;
      });
      const blocks = width / blockSize;
      await store.add({ name, dims: [rows, blocks, (blockSize * bits) / 8], elementType: 'uint8' }, chunks);
      await addFloats(`${name}_scales`, [rows, blocks], scales);
    },
    async quantizedColumns(name, tensors) {
      const { rows, width } = sizeOf(tensors);
      const { codes, scales, add } = createColumnQuantizer(rows, width);
      for await (const block of readBlocks(source, dims, tensors)) add(block);
      await store.add({ name, dims: [width, rows], elementType: 'int8' }, [new Uint8Array(codes.buffer)]);
      const header = { name: `${name}_scales`, dims: [rows], elementType: 'float32' } as const;
      await store.add(header, [singleBytes(scales)]);
    },
  };
}

type TensorDims = ReadonlyMap<string, readonly number[]>;

function joinedSize(dims: TensorDims, tensors: readonly string[]): { rows: number; width: number } {
  let rows = 0;
  let width = 1;
  for (const tensor of tensors) {
    const [tensorRows = 0, tensorWidth = 1] = dims.get(tensor) ?? [];
    rows += tensorRows;
    width = tensorWidth;
  }
  return { rows, width };
}

async function* readBlocks(
  source: WeightSource,
  dims: TensorDims,
  tensors: readonly string[],
): AsyncGenerator<Float32Array> {
  for (const tensor of tensors) {
    const { rows, width } = joinedSize(dims, [tensor]);
    const step = Math.max(1, Math.floor(CHUNK_NUMBERS / width));
    for (let start = 0; start < rows; start += step) {
      yield await source.readRows(tensor, start, Math.min(rows, start + step));
    }
  }
}

async function readAll(
  source: WeightSource,
  dims: TensorDims,
  tensors: readonly string[],
): Promise<Float32Array> {
  const { rows, width } = joinedSize(dims, tensors);
  const all = new Float32Array(rows * width);
  let done = 0;
  for await (const block of readBlocks(source, dims, tensors)) {
    all.set(block, done);
    done += block.length;
  }
  return all;
}

async function* mapChunks(
  blocks: AsyncIterable<Float32Array>,
  convert: (block: Float32Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  for await (const block of blocks) yield convert(block);
}

function transpose(matrix: Float32Array, rows: number, width: number): Float32Array {
  const out = new Float32Array(matrix.length);
  const tile = 64; // both sides of a tile stay in the cache
  for (let row0 = 0; row0 < rows; row0 += tile) {
    for (let column0 = 0; column0 < width; column0 += tile) {
      const rowEnd = Math.min(rows, row0 + tile);
      const columnEnd = Math.min(width, column0 + tile);
      for (let row = row0; row < rowEnd; row++) {
        for (let column = column0; column < columnEnd; column++) {
          out[column * rows + row] = matrix[row * width + column] as number;
        }
      }
    }
  }
  return out;
}

export function singleBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export function halfBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(toFloat16Bits(values).buffer);
}
