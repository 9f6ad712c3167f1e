import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expOfNegative } from './exp-of-negative.ts';

it('is exp(−x) within 1e-11', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 40, noNaN: true }), (x) => {
      expect(Math.abs(expOfNegative(x) / Math.exp(-x) - 1)).toBeLessThan(1e-11);
    }),
    { numRuns: 2_000 },
  );
});

it('is one at nothing and nothing where nothing is left', () => {
  expect([0, 41, Number.POSITIVE_INFINITY, Number.NaN].map(expOfNegative)).toEqual([1, 0, 0, 0]);
});
