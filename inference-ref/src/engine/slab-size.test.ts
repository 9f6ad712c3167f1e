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

const KIB_PER_TOKEN = 64;

function check(slab: readonly [number, number], lengths: readonly number[]): readonly number[] | null {
  const size = sizeToFit(
    { rows: slab[0], capacityTokens: slab[1] },
    {
      ...{ wantedLengths: lengths, contextTokens: 1024, capacityOf: roomyCapacity },
      bytesPerToken: KIB_PER_TOKEN * 1024,
    },
  );
  return size === null ? null : [size.rows, size.capacityTokens];
}

it('grows by doubling, to no fewer rows than a small slab has', () => {
  expect(check([0, 0], [10])).toEqual([2, 128]);
  expect(check([2, 128], [10, 128])).toBeNull();
  expect(check([2, 128], [10, 129])).toEqual([2, 256]);
  expect(check([2, 256], [10, 20, 30])).toEqual([4, 256]);
});

it('shrinks where a large slab is four times too large, and never a small one', () => {
  expect(check([4, 256], [10, 20])).toBeNull();
  expect(check([8, 256], [10, 20])).toEqual([2, 128]);
  expect(check([2, 512], [10, 20])).toEqual([2, 128]);
  expect(check([2, 128], [1])).toBeNull();
});
