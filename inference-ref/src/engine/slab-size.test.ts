import { expect, it } from 'vitest';
import { roomyCapacity, sizeToFit, tightCapacity } from './slab-size.ts';

it('wastes less than a quarter of a row beyond 128 tokens where every step passes over it', () => {
  for (let tokens = 128; tokens <= 1000; tokens++) {
    const capacity = tightCapacity(tokens, 1024);
    expect(capacity).toBeGreaterThanOrEqual(tokens);
    expect(capacity - tokens).toBeLessThan(tokens / 4 + 1);
  }
  expect(tightCapacity(1020, 1024)).toBe(1024);
  expect(tightCapacity(1, 1024)).toBe(32);
});

it('doubles where free positions cost nothing, and never exceeds the context', () => {
  expect([1, 128, 129, 700].map((tokens) => roomyCapacity(tokens, 1000))).toEqual([128, 128, 256, 1000]);
});

function check(slab: readonly [number, number], lengths: readonly number[]): readonly number[] | null {
  const size = sizeToFit(
    { rows: slab[0], capacityTokens: slab[1] },
    { wantedLengths: lengths, contextTokens: 1024, capacityOf: roomyCapacity },
  );
  return size === null ? null : [size.rows, size.capacityTokens];
}

it('changes a slab only where it is too small or four times too large', () => {
  expect(check([0, 0], [10])).toEqual([1, 128]);
  expect(check([2, 128], [10, 128])).toBeNull();
  expect(check([2, 128], [10, 129])).toEqual([2, 256]);
  expect(check([2, 256], [10, 20, 30])).toEqual([4, 256]);
  expect(check([4, 256], [10, 20])).toBeNull();
  expect(check([4, 256], [10])).toEqual([1, 128]);
  expect(check([2, 512], [10, 20])).toEqual([2, 128]);
});
