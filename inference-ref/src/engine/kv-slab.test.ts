import { expect, it } from 'vitest';
import { createKvSlab, type KvSlab, kvBytesPerToken } from './kv-slab.ts';

const shape = { layers: 2, keyValueHeads: 2, headSize: 3, elementType: 'float32' } as const;
const PARTS = 4;

/** Every number says where it belongs: part, row owner, head, position, place in the head. */
function numbers(owner: number, part: number, count: number, from = 0): Float32Array {
  const out: number[] = [];
  for (let head = 0; head < 2; head++) {
    for (let position = from; position < from + count; position++) {
      for (let place = 0; place < 3; place++)
        out.push(owner * 1e5 + part * 1e4 + head * 1e3 + position * 10 + place);
    }
  }
  return Float32Array.from(out);
}

function fill(slab: KvSlab, row: number, owner: number, count: number): void {
  for (let part = 0; part < PARTS; part++)
    slab.put({ part, row, start: 0, count }, numbers(owner, part, count), 0);
}

function check(slab: KvSlab, row: number, owner: number, count: number): void {
  const { parts } = slab.read(row, 0, count);
  parts.forEach((part, index) => {
    expect(Array.from(part)).toEqual(Array.from(numbers(owner, index, count)));
  });
}

it('keeps rows apart and survives growing, moving and shrinking', () => {
  const slab = createKvSlab(shape);
  slab.reshape(2, 4, []);
  fill(slab, 0, 1, 4);
  fill(slab, 1, 2, 3);
  slab.reshape(3, 8, [4, 3]);
  check(slab, 0, 1, 4);
  check(slab, 1, 2, 3);
  fill(slab, 2, 3, 8);
  slab.moveRow(2, 0, 8);
  check(slab, 0, 3, 8);
  check(slab, 1, 2, 3);
  slab.reshape(2, 8, [8, 3]);
  check(slab, 0, 3, 8);
  expect(slab.copiedBytes).toBeGreaterThan(0);
});

it('writes a block read from one row into another at the same positions', () => {
  const slab = createKvSlab(shape);
  slab.reshape(2, 6, []);
  fill(slab, 0, 1, 6);
  const block = slab.read(0, 2, 5);
  expect(block.bytes).toBe(3 * kvBytesPerToken(shape));
  slab.write(1, 2, block);
  expect(slab.read(1, 2, 5).parts).toEqual(block.parts);
});
