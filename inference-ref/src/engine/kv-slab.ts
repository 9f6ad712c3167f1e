// The key/value cache of all live sequences: one row a sequence, rows side by side in one array per layer and part, so
// that the first n rows are a batch without copying. It moves numbers and decides nothing.

import type { CacheBlock } from './decoder.ts';

export interface KvShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly elementType: 'float32' | 'float16';
}

export type KvArray = Float32Array | Uint16Array;

/** Numbers of consecutive positions of one row: per part [heads, positions, headSize]. */
export interface KvBlock {
  readonly parts: readonly KvArray[];
  readonly tokens: number;
  readonly bytes: number;
}

/** A block that stays as it is while the slab changes. */
export function cacheBlockOf(slab: KvSlab, row: number, [start, end]: readonly [number, number]): CacheBlock {
  const block = slab.read(row, start, end);
  return {
    tokens: block.tokens,
    bytes: block.bytes,
    writeTo: async (target, at) => slab.write(target, at, block),
    release: () => undefined,
  };
}

export interface KvSlab {
  readonly rows: number;
  /** Positions that each row has room for. */
  readonly capacityTokens: number;
  /** Bytes moved since start to change the slab's shape or to close holes. */
  readonly copiedBytes: number;
  /** Keys and values of layer 0, then of layer 1, …: each [rows, heads, capacityTokens, headSize]. */
  readonly parts: readonly KvArray[];
  /** Makes room; `lengths[row]` positions of each row survive. */
  reshape(rows: number, capacityTokens: number, lengths: readonly number[]): void;
  /** Numbers of one row of all parts. */
  rowView(part: number, row: number): KvArray;
  /** The first `rows` rows of a part. */
  batchView(part: number, rows: number): KvArray;
  moveRow(from: number, to: number, length: number): void;
  read(row: number, start: number, end: number): KvBlock;
  write(row: number, start: number, block: KvBlock): void;
  /** Puts [heads, count, headSize] numbers, found in `source` at `offset`, at positions start … of a row. */
  put(at: { part: number; row: number; start: number; count: number }, source: KvArray, offset: number): void;
}

export function kvBytesPerToken(shape: KvShape): number {
  return shape.layers * 2 * shape.keyValueHeads * shape.headSize * (shape.elementType === 'float16' ? 2 : 4);
}

export function createKvSlab(shape: KvShape): KvSlab {
  const { keyValueHeads: heads, headSize } = shape;
  const create = (length: number): KvArray =>
    shape.elementType === 'float16' ? new Uint16Array(length) : new Float32Array(length);
  let rows = 0;
  let capacity = 0;
  let copiedBytes = 0;
  let parts: KvArray[] = Array.from({ length: shape.layers * 2 }, () => create(0));
  const rowNumbers = () => heads * capacity * headSize;
  const at = (row: number, head: number, position: number) =>
    ((row * heads + head) * capacity + position) * headSize;
  const partAt = (part: number) => parts[part] as KvArray;

  const copyRow = (source: KvArray, from: number, target: KvArray, to: number, length: number) => {
    for (let head = 0; head < heads; head++) {
      const start = at(from, head, 0);
      target.set(source.subarray(start, start + length * headSize), at(to, head, 0));
    }
    copiedBytes += heads * length * headSize * source.BYTES_PER_ELEMENT;
  };

  return {
    get rows() {
      return rows;
    },
    get capacityTokens() {
      return capacity;
    },
    get copiedBytes() {
      return copiedBytes;
    },
    get parts() {
      return parts;
    },
    reshape(newRows, newCapacity, lengths) {
      parts = parts.map((old) => {
        const fresh = create(newRows * heads * newCapacity * headSize);
        for (let row = 0; row < Math.min(rows, newRows); row++) {
          const count = Math.min(lengths[row] ?? 0, newCapacity) * headSize;
          for (let head = 0; head < heads && count > 0; head++) {
            const start = at(row, head, 0);
            fresh.set(old.subarray(start, start + count), (row * heads + head) * newCapacity * headSize);
            copiedBytes += count * old.BYTES_PER_ELEMENT;
          }
        }
        return fresh;
      });
      rows = newRows;
      capacity = newCapacity;
    },
    rowView: (part, row) => partAt(part).subarray(row * rowNumbers(), (row + 1) * rowNumbers()),
    batchView: (part, count) => partAt(part).subarray(0, count * rowNumbers()),
    moveRow(from, to, length) {
      for (const part of parts) copyRow(part, from, part, to, length);
    },
    read(row, start, end) {
      const count = (end - start) * headSize;
      const copies = parts.map((part) => {
        const copy = create(heads * count);
        for (let head = 0; head < heads; head++) {
          copy.set(part.subarray(at(row, head, start), at(row, head, start) + count), head * count);
        }
        return copy;
      });
      return { parts: copies, tokens: end - start, bytes: copies.reduce((sum, c) => sum + c.byteLength, 0) };
    },
    write(row, start, block) {
      block.parts.forEach((source, part) => {
        this.put({ part, row, start, count: block.tokens }, source, 0);
      });
    },
    put({ part, row, start, count }, source, offset) {
      const target = partAt(part);
      const numbers = count * headSize;
      for (let head = 0; head < heads; head++) {
        const from = offset + head * numbers;
        target.set(source.subarray(from, from + numbers), at(row, head, start));
      }
    },
  };
}
