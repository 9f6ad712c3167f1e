import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createGapHistogram, quantilesOf, recordGap } from './gap-histogram.ts';

function quantiles(gaps: readonly number[]) {
  const histogram = createGapHistogram();
  for (const gap of gaps) recordGap(histogram, gap);
  return quantilesOf(histogram);
}

it('is empty without gaps', () => {
  expect(quantiles([])).toEqual({ p50Ms: null, p99Ms: null, maxMs: null });
  expect(quantilesOf(null)).toEqual({ p50Ms: null, p99Ms: null, maxMs: null });
});

it('is exact by nearest rank for few gaps', () => {
  expect(quantiles([30, 10, 20])).toEqual({ p50Ms: 20, p99Ms: 30, maxMs: 30 });
  expect(quantiles([1, 2, 3, 4])).toEqual({ p50Ms: 2, p99Ms: 4, maxMs: 4 });
});

it('stays within 3 % for many, and the longest stall is exact', () => {
  const gaps = fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), {
    minLength: 257,
    maxLength: 600,
  });
  fc.assert(
    fc.property(gaps, (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const { p50Ms, p99Ms, maxMs } = quantiles(values);
      const rank = (fraction: number) => sorted[Math.ceil(fraction * sorted.length) - 1] ?? 0;
      expect(Math.abs((p50Ms ?? 0) / rank(0.5) - 1)).toBeLessThan(0.03);
      expect(Math.abs((p99Ms ?? 0) / rank(0.99) - 1)).toBeLessThan(0.03);
      expect(maxMs).toBe(sorted.at(-1));
    }),
    { numRuns: 30 },
  );
});
