// Histograms as the load-test harness writes them: the recorded report, whose quantiles are known.
import { readFileSync } from 'node:fs';
import { LoadTestRun } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { decodeHdrHistogram, type HdrCount } from './hdr-histogram.ts';
import { binOf, histogramBins } from './histogram-bins.ts';

const FIXTURE = new URL('../../../collector/src/load-tests/load-test-run.fixture.json', import.meta.url);
const run = LoadTestRun.parse(JSON.parse(readFileSync(FIXTURE, 'utf8')));

const total = (counts: readonly { count: number }[]) => counts.reduce((sum, { count }) => sum + count, 0);

/** Nearest rank, as the middle of the equal values, in milliseconds. */
function quantile(counts: readonly HdrCount[], share: number): number {
  let left = Math.ceil(total(counts) * share);
  for (const { value, width, count } of counts) {
    left -= count;
    if (left <= 0) return (value + width / 2) / 1000;
  }
  return Number.NaN;
}

describe('decodeHdrHistogram', () => {
  it.each([
    ['ttft', run.ttft_ms],
    ['e2e', run.e2e_ms],
    ['icl', run.icl_ms],
  ] as const)('finds every %s again where the report says it is', async (name, told) => {
    const counts = await decodeHdrHistogram(run.hdr[name]);
    expect(total(counts)).toBe(told.n);
    for (const [share, exact] of [
      [0.5, told.p50],
      [0.99, told.p99],
      [1, told.max],
    ] as const) {
      expect(Math.abs(quantile(counts, share) / (exact ?? 0) - 1)).toBeLessThan(0.001);
    }
  });

  it('refuses what is no histogram', async () => {
    await expect(decodeHdrHistogram(btoa('something else'))).rejects.toThrow(/no HDR histogram/);
    await expect(decodeHdrHistogram(run.hdr.e2e.slice(0, 200))).rejects.toThrow();
  });
});

describe('histogramBins', () => {
  const at = (value: number, count = 1): HdrCount => ({ value, width: 1, count });

  it('loses no value, at either scale', async () => {
    for (const name of ['ttft', 'icl'] as const) {
      const counts = await decodeHdrHistogram(run.hdr[name]);
      expect(total(histogramBins(counts, 40))).toBe(total(counts));
    }
  });

  it('draws bars of equal width where values lie close, of equal ratio where they spread', () => {
    const close = histogramBins([at(10_000), at(20_000, 3)], 4);
    expect(close.map(({ count }) => count)).toEqual([1, 0, 0, 3]);
    expect(close[1]?.toMs).toBeCloseTo(15, 2);
    const wide = histogramBins([at(1_000), at(10_000, 2), at(100_000)], 2);
    expect(wide.map(({ count }) => count)).toEqual([1, 3]);
    expect(wide[0]?.toMs).toBeCloseTo(10, 2);
  });

  it('finds the bar of a value', () => {
    const bins = histogramBins([at(10_000), at(20_000)], 4);
    expect([binOf(bins, 10), binOf(bins, 19.9), binOf(bins, 30)]).toEqual([0, 3, null]);
  });

  it('draws nothing where nothing was measured, one value in its place', () => {
    expect(histogramBins([], 40)).toEqual([]);
    expect(total(histogramBins([at(7_000, 5)], 40))).toBe(5);
  });
});
