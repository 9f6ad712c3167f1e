import { describe, expect, it } from 'vitest';
import { fromBfloat16Bits, fromFloat16Bits, toFloat16Bits } from './half-float.ts';

function check(value: number, expected: number): void {
  const [back] = fromFloat16Bits(toFloat16Bits(Float32Array.of(value)));
  expect(back).toBe(expected);
}

describe('half floats', () => {
  it.each([
    [0, 0],
    [-0, -0],
    [1, 1],
    [-2.5, -2.5],
    [65504, 65504],
    [65519, 65504],
    [65520, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [Number.NaN, Number.NaN],
    [2 ** -24, 2 ** -24],
    [2 ** -25, 0],
    [2 ** -25 * 1.001, 2 ** -24],
    [1 + 2 ** -11, 1],
    [1 + 3 * 2 ** -11, 1 + 2 ** -9],
    [2 ** -14 * (1 - 2 ** -12), 2 ** -14],
  ])('rounds %d to the nearest, ties to even: %d', check);

  it('keeps every finite half as it is', () => {
    const every = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
      (half) => (half & 0x7c00) !== 0x7c00,
    );
    expect(toFloat16Bits(fromFloat16Bits(every))).toEqual(every);
  });

  it('reads bfloat16 as the upper half of a float32', () => {
    expect(Array.from(fromBfloat16Bits(Uint16Array.of(0x3f80, 0xc020)))).toEqual([1, -2.5]);
  });
});
