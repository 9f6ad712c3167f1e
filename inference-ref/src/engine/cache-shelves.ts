// Key/value caches on a device, of one row or of several: made, copied, enlarged, put together. It knows which tensors belong
// together and disposes of what is used up, and knows no sequence.

import type { Tensor } from 'onnxruntime-node';
import type { Cut, DeviceKernels } from './device-kernels.ts';
import { type KvShape, kvBytesPerToken } from './kv-slab.ts';
import { roomyCapacity } from './slab-size.ts';

/** Tensors [rows, heads, positions, headSize]: the keys and the values of layer 0, of layer 1, … */
export interface CacheShelf {
  readonly parts: readonly Tensor[];
  readonly rows: number;
  readonly positions: number;
}

export interface CacheShelves {
  /** Bytes copied since start. */
  readonly copiedBytes: number;
  /** One empty row with room for at least so many positions. */
  blank(positions: number): Promise<CacheShelf>;
  copy(source: CacheShelf, how: Cut): Promise<CacheShelf>;
  // What the following are given is used up: only what they answer may be used from then on.
  arranged(source: CacheShelf, rows: readonly number[]): Promise<CacheShelf>;
  /** With room for at least so many positions. */
  grown(source: CacheShelf, positions: number): Promise<CacheShelf>;
  stacked(above: CacheShelf, below: CacheShelf): Promise<CacheShelf>;
  /** The first `start` positions of a single row, and a copy of another's behind them. */
  extended(source: CacheShelf, start: number, by: CacheShelf): Promise<CacheShelf>;
}

export interface CacheShelvesOptions {
  readonly kernels: DeviceKernels;
  readonly shape: KvShape;
  readonly contextTokens: number;
}

export function createCacheShelves({ kernels, shape, contextTokens }: CacheShelvesOptions): CacheShelves {
  const parts = indices(shape.layers * 2);
  const bytesPerToken = kvBytesPerToken(shape);
  let copiedBytes = 0;

  const make = async (rows: number, positions: number, makePart: (part: number) => Promise<Tensor>) => {
    const tensors: Tensor[] = [];
    for (const part of parts) tensors.push(await makePart(part));
    return { parts: tensors, rows, positions };
  };
  const copy = async (source: CacheShelf, how: Cut) => {
    copiedBytes += how.rows.length * (how.end - how.start) * bytesPerToken;
    return await make(how.rows.length, how.positions, (part) => kernels.cut(partOf(source, part), how));
  };
  const changed = async (source: CacheShelf, how: Cut) => {
    const result = await copy(source, how);
    dispose(source);
    return result;
  };
  return {
    get copiedBytes() {
      return copiedBytes;
    },
    async blank(positions) {
      const capacity = roomyCapacity(positions, contextTokens);
      return await make(1, capacity, () => kernels.blank(capacity));
    },
    copy,
    async arranged(source, rows) {
      const { positions } = source;
      const isInOrder = source.rows === rows.length && rows.every((from, to) => from === to);
      return isInOrder ? source : await changed(source, { rows, start: 0, end: positions, positions });
    },
    async grown(source, wanted) {
      if (source.positions >= wanted) return source;
      const positions = roomyCapacity(wanted, contextTokens);
      return await changed(source, {
        rows: indices(source.rows),
        start: 0,
        end: source.positions,
        positions,
      });
    },
    async stacked(above, below) {
      const rows = above.rows + below.rows;
      copiedBytes += rows * above.positions * bytesPerToken;
      const stack = (part: number) => kernels.stack(partOf(above, part), partOf(below, part));
      const result = await make(rows, above.positions, stack);
      dispose(above);
      dispose(below);
      return result;
    },
    async extended(source, start, by) {
      const kept = await changed(source, { rows: [0], start: 0, end: start, positions: start });
      const positions = start + by.positions;
      copiedBytes += positions * bytesPerToken;
      const chain = (part: number) => kernels.chain(partOf(kept, part), partOf(by, part));
      const result = await make(1, positions, chain);
      dispose(kept);
      return result;
    },
  };
}

export function dispose({ parts }: CacheShelf): void {
  for (const part of parts) part.dispose();
}

function partOf({ parts }: CacheShelf, part: number): Tensor {
  return parts[part] as Tensor;
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
