// All gaps between events, pooled: ICL as they are, ITL per token weighted by tokens. Exact up to a bound, an HDR histogram beyond it.
import { build, type Histogram } from 'hdr-histogram-js';
import type { CallRecord } from './call-record.ts';
import { rankOf, type Summary, summarizeSorted } from './percentile.ts';

export interface GapPool {
  readonly add: (call: CallRecord) => void;
  readonly iclSummary: () => GapSummary;
  readonly itlSummary: () => GapSummary;
  readonly iclHistogram: () => Histogram;
}

/** `exact` figures are nearest rank over every gap; `hdr` ones have three significant digits. Gaps of a call depend on one another, so no interval is given. */
export type GapSummary = Omit<Summary, 'ci95'> & { readonly method: 'exact' | 'hdr' };

const DEFAULT_EXACT_LIMIT = 4_000_000;

export function createGapPool(exactLimit = DEFAULT_EXACT_LIMIT): GapPool {
  const iclHistogram = createMicrosHistogram();
  const itlHistogram = createMicrosHistogram();
  let gaps: number[] = [];
  let perToken: number[] = [];
  let weights: number[] = [];
  let exact = true;
  const overflow = (): void => {
    exact = false;
    gaps = [];
    perToken = [];
    weights = [];
  };
  return {
    add: ({ eventMs, eventTokens, error }) => {
      if (error !== null) return;
      for (let index = 1; index < eventMs.length; index += 1) {
        const gap = (eventMs[index] ?? 0) - (eventMs[index - 1] ?? 0);
        const tokens = eventTokens[index] ?? 0;
        iclHistogram.recordValue(toMicros(gap));
        if (tokens > 0) itlHistogram.recordValueWithCount(toMicros(gap / tokens), tokens);
        if (!exact) continue;
        gaps.push(gap);
        if (tokens > 0) {
          perToken.push(gap / tokens);
          weights.push(tokens);
        }
        if (gaps.length > exactLimit) overflow();
      }
    },
    iclSummary: () =>
      exact
        ? { ...withoutIntervals(summarizeSorted(Float64Array.from(gaps).sort())), method: 'exact' }
        : fromHistogram(iclHistogram),
    itlSummary: () =>
      exact ? { ...summarizeWeighted(perToken, weights), method: 'exact' } : fromHistogram(itlHistogram),
    iclHistogram: () => iclHistogram,
  };
}

/** Microseconds, up to an hour, three significant digits. */
export function createMicrosHistogram(): Histogram {
  return build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });
}

export function toMicros(ms: number): number {
  return Math.min(3_600_000_000, Math.max(0, Math.round(ms * 1000)));
}

function withoutIntervals({ ci95: _intervals, ...summary }: Summary): Omit<Summary, 'ci95'> {
  return summary;
}

/** Nearest rank over a sample in which value i stands weights[i] times. */
export function summarizeWeighted(
  values: readonly number[],
  weights: readonly number[],
): Omit<Summary, 'ci95'> {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean =
    total === 0 ? null : values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) / total;
  const squares = values.reduce((sum, value, i) => sum + (weights[i] ?? 0) * (value - (mean ?? 0)) ** 2, 0);
  const at = createWeightedRank(order, values, weights, total);
  return {
    n: total,
    mean,
    stdev: total < 2 ? null : Math.sqrt(squares / (total - 1)),
    min: order.length === 0 ? null : (values[order[0] ?? 0] ?? null),
    p50: at(0.5),
    p75: at(0.75),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    max: order.length === 0 ? null : (values[order[order.length - 1] ?? 0] ?? null),
  };
}

function createWeightedRank(
  order: readonly number[],
  values: readonly number[],
  weights: readonly number[],
  total: number,
): (fraction: number) => number | null {
  const cumulative = new Float64Array(order.length);
  let sum = 0;
  for (const [position, index] of order.entries()) {
    sum += weights[index] ?? 0;
    cumulative[position] = sum;
  }
  return (fraction) => {
    if (total === 0) return null;
    const rank = rankOf(fraction, total);
    const position = cumulative.findIndex((upTo) => upTo >= rank);
    return values[order[position] ?? 0] ?? null;
  };
}

function fromHistogram(histogram: Histogram): GapSummary {
  const n = histogram.totalCount;
  const at = (percent: number): number | null =>
    n === 0 ? null : histogram.getValueAtPercentile(percent) / 1000;
  return {
    method: 'hdr',
    n,
    mean: n === 0 ? null : histogram.mean / 1000,
    stdev: n < 2 ? null : histogram.stdDeviation / 1000,
    min: n === 0 ? null : histogram.minNonZeroValue / 1000,
    p50: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: n === 0 ? null : histogram.maxValue / 1000,
  };
}
