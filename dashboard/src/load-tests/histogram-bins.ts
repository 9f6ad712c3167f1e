// Gathers the fine counts of an HDR histogram into bars that can be seen.
import type { HdrCount } from './hdr-histogram.ts';

export interface HistogramBin {
  fromMs: number;
  toMs: number;
  count: number;
}

const MICROS_PER_MS = 1000;
/** A wider spread than this is drawn on a logarithmic scale: else the bulk of the calls would be one bar. */
const LINEAR_SPREAD = 8;

/** Bars of equal width, or of equal ratio where the values spread far. Counts are of microseconds, ascending. */
export function histogramBins(counts: readonly HdrCount[], bars: number): HistogramBin[] {
  const first = counts[0];
  const last = counts.at(-1);
  if (first === undefined || last === undefined) return [];
  const lowMs = Math.max(first.value, 1) / MICROS_PER_MS;
  const highMs = (last.value + last.width) / MICROS_PER_MS;
  const isWide = highMs / lowMs > LINEAR_SPREAD;
  const edge = (index: number): number =>
    isWide ? lowMs * (highMs / lowMs) ** (index / bars) : lowMs + ((highMs - lowMs) * index) / bars;
  const bins = Array.from({ length: bars }, (_, index) => ({
    fromMs: edge(index),
    toMs: edge(index + 1),
    count: 0,
  }));
  let at = 0;
  for (const { value, width, count } of counts) {
    const middleMs = (value + width / 2) / MICROS_PER_MS;
    while (at < bars - 1 && middleMs >= edge(at + 1)) at += 1;
    const bin = bins[at];
    if (bin !== undefined) bin.count += count;
  }
  return bins;
}

/** The bar that a value falls into; null outside of all of them. */
export function binOf(bins: readonly HistogramBin[], valueMs: number): number | null {
  const index = bins.findIndex(({ fromMs, toMs }) => valueMs >= fromMs && valueMs < toMs);
  return index === -1 ? null : index;
}
