// Where each row's keys and values lie on a device: by itself, while its prompt is fed, or at a place of the batch, whose
// tensors all decoding rows share. A place that its row has left stays empty until the batch changes anyway: in a step it
// costs less than a copy of the cache.

import { type CacheShelf, type CacheShelves, dispose } from './cache-shelves.ts';
import { nextPowerOfTwo, roomyCapacity } from './slab-size.ts';

export interface Batch {
  readonly shelf: CacheShelf;
  /** Of each row. */
  readonly places: readonly number[];
}

export interface DeviceRows {
  /** Of the batch, empty places included. */
  readonly rows: number;
  readonly capacityTokens: number;
  readonly copiedBytes: number;
  /** Empties the rows of which nothing is kept, and all from `count` on. */
  keep(kept: readonly number[], count: number): void;
  move(from: number, to: number): void;
  /** The row by itself, with room for so many positions. */
  alone(row: number, positions: number): Promise<CacheShelf>;
  /** The batch with the first rows in it, with room for so many positions. */
  together(count: number, positions: number): Promise<Batch>;
  /** A copy of some positions of a row. */
  read(row: number, start: number, end: number): Promise<CacheShelf>;
  /** Puts a copy behind the first `start` positions of a row. */
  write(row: number, start: number, block: CacheShelf): Promise<void>;
  release(): void;
}

/** By itself, or at a place of the batch. */
type Home = CacheShelf | number;

export function createDeviceRows(shelves: CacheShelves, contextTokens: number): DeviceRows {
  let homes: (Home | undefined)[] = [];
  let batch: CacheShelf | null = null;

  const empty = (row: number) => {
    const home = homes[row];
    if (typeof home === 'object') dispose(home);
    homes[row] = undefined;
  };
  /** The only row of a batch takes its tensors along. */
  const takenOut = async (place: number): Promise<CacheShelf> => {
    const shared = batch as CacheShelf;
    const { rows, positions } = shared;
    if (rows > 1) return await shelves.copy(shared, { rows: [place], start: 0, end: positions, positions });
    batch = null;
    return shared;
  };
  const alone = async (row: number, positions: number): Promise<CacheShelf> => {
    const home = homes[row];
    if (home === undefined) homes[row] = await shelves.blank(positions);
    else homes[row] = await shelves.grown(typeof home === 'number' ? await takenOut(home) : home, positions);
    return homes[row] as CacheShelf;
  };
  const isTogether = (count: number, positions: number) =>
    batch !== null &&
    batch.positions >= positions &&
    batch.rows < 4 * nextPowerOfTwo(count) &&
    homes.slice(0, count).every((home) => typeof home === 'number');
  /** A new batch of the old one and of those that come in, row by row, with empty places up to a power of two. */
  const regroup = async (count: number, positions: number): Promise<CacheShelf> => {
    const members = homes.slice(0, count);
    const incoming = members.filter((home) => typeof home === 'object');
    if (batch !== null && incoming.length === count) {
      dispose(batch);
      batch = null;
    }
    const sources = batch === null ? incoming : [batch, ...incoming];
    const longest = Math.max(positions, ...sources.map((source) => source.positions));
    const capacity = roomyCapacity(longest, contextTokens);
    let taken = batch?.rows ?? 0;
    const order = members.map((home) => (typeof home === 'number' ? home : taken++));
    while (order.length < nextPowerOfTwo(count)) order.push(0);
    // Used up from here on: where a step fails, no row may point at it.
    batch = null;
    homes.fill(undefined, 0, count);
    let all: CacheShelf | null = null;
    for (const source of sources) {
      const next: CacheShelf = await shelves.grown(source, capacity);
      all = all === null ? next : await shelves.stacked(all, next);
    }
    const arranged = await shelves.arranged(all as CacheShelf, order);
    for (let row = 0; row < count; row++) homes[row] = row;
    return arranged;
  };

  return {
    get rows() {
      return batch?.rows ?? 0;
    },
    get capacityTokens() {
      return batch?.positions ?? 0;
    },
    get copiedBytes() {
      return shelves.copiedBytes;
    },
    keep(kept, count) {
      for (let row = 0; row < homes.length; row++) if (row >= count || !((kept[row] ?? 0) > 0)) empty(row);
      homes = homes.slice(0, count);
    },
    move(from, to) {
      empty(to);
      homes[to] = homes[from];
      homes[from] = undefined;
    },
    alone,
    async together(count, positions) {
      if (!isTogether(count, positions)) batch = await regroup(count, positions);
      return { shelf: batch as CacheShelf, places: homes.slice(0, count) as number[] };
    },
    async read(row, start, end) {
      const home = homes[row];
      const place = typeof home === 'number' ? home : 0;
      const shelf = typeof home === 'object' ? home : (batch as CacheShelf);
      return await shelves.copy(shelf, { rows: [place], start, end, positions: end - start });
    },
    async write(row, start, block) {
      const { positions } = block;
      homes[row] =
        start === 0
          ? await shelves.copy(block, { rows: [0], start: 0, end: positions, positions })
          : await shelves.extended(await alone(row, start), start, block);
    },
    release() {
      for (let row = 0; row < homes.length; row++) empty(row);
      if (batch !== null) dispose(batch);
      batch = null;
    },
  };
}
