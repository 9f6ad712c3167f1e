// Nearest-rank percentiles with exact binomial confidence intervals. Never interpolates: each figure is one that was measured.
import { binomialCdf } from '../verdict/binomial.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Summary {
  readonly n: number;
  readonly mean: number | null;
  readonly stdev: number | null;
  readonly min: number | null;
  readonly p50: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
  /** 95 % confidence; null where the sample is too small for the rank to exist. */
  readonly ci95: Readonly<Record<'mean' | 'p50' | 'p90' | 'p95' | 'p99', Interval | null>>;
}

export function sortedCopy(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** The rank, from 1, of the smallest value with at least `fraction` of a sample of `total` at or below it. */
export function rankOf(fraction: number, total: number): number {
  return Math.min(total, Math.max(1, Math.ceil(fraction * total - 1e-9)));
}

/** The smallest value with at least `fraction` of the sample at or below it; NaN for an empty sample. */
export function nearestRank(sorted: ArrayLike<number>, fraction: number): number {
  return sorted[rankOf(fraction, sorted.length) - 1] ?? Number.NaN;
}

/** Linear interpolation as numpy's default does it: only for printing a run under other tools' definitions. */
export function linearPercentile(sorted: ArrayLike<number>, fraction: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (position - below);
}

/**
 * Distribution-free interval of a percentile: the order statistics whose ranks bracket it with the given
 * confidence (Conover, Practical Nonparametric Statistics, 3.2). Null when the sample is too small for a bound.
 */
export function percentileInterval(
  sorted: ArrayLike<number>,
  fraction: number,
  confidence = 0.95,
): Interval | null {
  const n = sorted.length;
  const tail = (1 - confidence) / 2;
  const lowRank = largestRankWithCdfAtMost(n, fraction, tail);
  const highRank = smallestRankWithCdfAtLeast(n, fraction, 1 - tail);
  if (lowRank === null || highRank === null) return null;
  return { low: sorted[lowRank - 1] ?? Number.NaN, high: sorted[highRank - 1] ?? Number.NaN };
}

/** The largest rank r in 1…n with P(fewer than r of n fall at or below the percentile) ≤ tail. */
function largestRankWithCdfAtMost(n: number, fraction: number, tail: number): number | null {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (binomialCdf(middle - 1, n, fraction) <= tail) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? null : low;
}

function smallestRankWithCdfAtLeast(n: number, fraction: number, level: number): number | null {
  let low = 1;
  let high = n + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle - 1, n, fraction) >= level) high = middle;
    else low = middle + 1;
  }
  return low > n ? null : low;
}

/** Everything that is printed of one distribution. NaN values are no measurements and are left out. */
export function summarize(values: Iterable<number>): Summary {
  return summarizeSorted(sortedCopy(Array.from(values).filter((value) => !Number.isNaN(value))));
}

export function summarizeSorted(sorted: Float64Array): Summary {
  const n = sorted.length;
  const at = (fraction: number): number | null => (n === 0 ? null : nearestRank(sorted, fraction));
  let sum = 0;
  for (const value of sorted) sum += value;
  const mean = n === 0 ? null : sum / n;
  let squares = 0;
  for (const value of sorted) squares += (value - (mean ?? 0)) ** 2;
  const stdev = n < 2 ? null : Math.sqrt(squares / (n - 1));
  const margin = stdev === null ? null : (1.96 * stdev) / Math.sqrt(n);
  return {
    n,
    mean,
    stdev,
    min: sorted[0] ?? null,
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: sorted[n - 1] ?? null,
    ci95: {
      mean: mean === null || margin === null ? null : { low: mean - margin, high: mean + margin },
      p50: percentileInterval(sorted, 0.5),
      p90: percentileInterval(sorted, 0.9),
      p95: percentileInterval(sorted, 0.95),
      p99: percentileInterval(sorted, 0.99),
    },
  };
}
