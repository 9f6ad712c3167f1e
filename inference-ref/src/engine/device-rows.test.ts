// Rows on a device against plain lists, over random lives of sequences: what a row holds is what was written to it, wherever
// it lies, and nothing that was used up is used again or forgotten.

import type { Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { createRandomNumbers } from '../sampling/random-numbers.ts';
import type { CacheShelf, CacheShelves } from './cache-shelves.ts';
import { createDeviceRows } from './device-rows.ts';
import { roomyCapacity } from './slab-size.ts';

const CONTEXT = 300;

interface PlainShelf extends CacheShelf {
  readonly content: number[][];
}

/** Shelves whose rows are lists of numbers. Using one that is used up throws. */
function createPlainShelves() {
  const live = new Set<CacheShelf>();
  const make = (content: number[][]): PlainShelf => {
    const letGo = () => {
      if (!live.delete(shelf)) throw new Error('disposed of twice');
    };
    const parts = [{ dispose: letGo } as unknown as Tensor];
    const shelf = { parts, rows: content.length, positions: content[0]?.length ?? 0, content };
    live.add(shelf);
    return shelf;
  };
  const read = (shelf: CacheShelf): number[][] => {
    if (!live.has(shelf)) throw new Error('used after it was used up');
    return (shelf as PlainShelf).content;
  };
  const take = (shelf: CacheShelf) => {
    const content = read(shelf);
    live.delete(shelf);
    return content;
  };
  const padded = (row: readonly number[], positions: number) =>
    Array.from({ length: positions }, (_, position) => row[position] ?? 0);
  const shelves: CacheShelves = {
    copiedBytes: 0,
    blank: async (positions) => make([padded([], roomyCapacity(positions, CONTEXT))]),
    copy: async (source, { rows, start, end, positions }) =>
      make(rows.map((row) => padded((read(source)[row] ?? []).slice(start, end), positions))),
    async arranged(source, rows) {
      const content = take(source);
      return make(rows.map((row) => [...(content[row] ?? [])]));
    },
    async grown(source, wanted) {
      if (source.positions >= wanted) return source;
      return make(take(source).map((row) => padded(row, roomyCapacity(wanted, CONTEXT))));
    },
    async stacked(above, below) {
      expect(above.positions).toBe(below.positions);
      return make([...take(above), ...take(below)]);
    },
    extended: async (source, start, by) =>
      make([[...(take(source)[0] ?? []).slice(0, start), ...(read(by)[0] ?? [])]]),
  };
  return { shelves, live, read };
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])('holds what each row was given, seed %i', async (seed) => {
  const random = createRandomNumbers(seed);
  const whole = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const { shelves, live, read } = createPlainShelves();
  const rows = createDeviceRows(shelves, CONTEXT);
  const expected: number[][] = [];
  const kept: { readonly block: CacheShelf; readonly content: number[] }[] = [];
  let next = 1;

  const feed = (shelf: CacheShelf, place: number, into: number[], count: number) => {
    for (let index = 0; index < count; index++) {
      const row = read(shelf)[place] as number[];
      row[into.length] = next;
      into.push(next++);
    }
  };
  const check = (shelf: CacheShelf, place: number, row: readonly number[]) =>
    expect(read(shelf)[place]?.slice(0, row.length)).toEqual(row);
  const lengths = () => expected.map(({ length }) => length);
  const join = async () => {
    const own: number[] = [];
    const row = expected.push(own) - 1;
    rows.keep(lengths(), expected.length);
    for (const { block, content } of random() < 0.5 ? kept.slice(-2) : []) {
      await rows.write(row, own.length, block);
      own.push(...content);
    }
    const prompt = whole(1, 40);
    feed(await rows.alone(row, own.length + prompt), 0, own, prompt);
    if (random() > 0.4) return;
    const content = own.slice(0, 50);
    const block = await rows.read(row, 0, content.length);
    check(block, 0, content);
    kept.push({ block, content });
  };
  const leave = (row: number) => {
    const last = expected.length - 1;
    if (row < last) rows.move(last, row);
    expected[row] = expected[last] as number[];
    expected.pop();
  };
  const decode = async () => {
    rows.keep(lengths(), expected.length);
    const { shelf, places } = await rows.together(expected.length, Math.max(...lengths()) + 1);
    expect(new Set(places).size).toBe(expected.length);
    expected.forEach((row, index) => {
      check(shelf, places[index] as number, row);
      feed(shelf, places[index] as number, row, 1);
    });
  };

  for (let step = 0; step < 400; step++) {
    for (let joins = random() < 0.2 ? whole(1, 3) : 0; joins > 0 && expected.length < 6; joins--)
      await join();
    // Its first token was its last.
    if (random() < 0.1 && expected.length > 1) leave(expected.length - whole(1, 2));
    // A guess at several tokens.
    const only = expected[0];
    if (expected.length === 1 && only !== undefined && random() < 0.3) {
      feed(await rows.alone(0, only.length + 4), 0, only, 4);
    }
    if (expected.length > 0) await decode();
    const full = expected.findIndex(({ length }) => length > CONTEXT - 90);
    if (full >= 0) leave(full);
    else if (random() < 0.15 && expected.length > 0) leave(whole(0, expected.length - 1));
  }
  rows.release();
  for (const { block } of kept) live.delete(block);
  expect(live.size).toBe(0);
});
