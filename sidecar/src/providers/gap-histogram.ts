// Quantiles of the gaps between token events in bounded memory: exact up to 256 gaps, then log buckets 4 % wide.
// Plain state and functions, since every open stream holds one.

const EXACT_GAPS = 256;
const BUCKETS = 512;
const SMALLEST_MS = 0.001;
const STEP = 1.04;
const LOG_STEP = Math.log(STEP);

export interface GapHistogram {
  /** The gaps themselves, while there are few. */
  exact: number[];
  buckets: Uint32Array | null;
  count: number;
  maxMs: number;
}

export interface GapQuantiles {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Exact, always. */
  readonly maxMs: number | null;
}

export function createGapHistogram(): GapHistogram {
  return { exact: [], buckets: null, count: 0, maxMs: 0 };
}

export function recordGap(histogram: GapHistogram, gapMs: number): void {
  const gap = Math.max(0, gapMs);
  histogram.count += 1;
  if (gap > histogram.maxMs) histogram.maxMs = gap;
  if (histogram.buckets !== null) addTo(histogram.buckets, gap);
  else if (histogram.exact.length < EXACT_GAPS) histogram.exact.push(gap);
  else {
    const buckets = new Uint32Array(BUCKETS);
    for (const earlier of histogram.exact) addTo(buckets, earlier);
    addTo(buckets, gap);
    histogram.buckets = buckets;
    histogram.exact = [];
  }
}

/** Nearest-rank quantiles; nulls while empty. */
export function quantilesOf(histogram: GapHistogram | null): GapQuantiles {
  if (histogram === null || histogram.count === 0) return { p50Ms: null, p99Ms: null, maxMs: null };
  const { exact, buckets, count, maxMs } = histogram;
  const ranks = [Math.ceil(0.5 * count), Math.ceil(0.99 * count)] as const;
  if (buckets === null) {
    const sorted = Float64Array.from(exact).sort();
    return { p50Ms: sorted[ranks[0] - 1] ?? 0, p99Ms: sorted[ranks[1] - 1] ?? 0, maxMs };
  }
  return { p50Ms: atRank(buckets, ranks[0], maxMs), p99Ms: atRank(buckets, ranks[1], maxMs), maxMs };
}

function addTo(buckets: Uint32Array, gapMs: number): void {
  const index = gapMs <= SMALLEST_MS ? 0 : 1 + Math.floor(Math.log(gapMs / SMALLEST_MS) / LOG_STEP);
  const bounded = Math.min(BUCKETS - 1, index);
  buckets[bounded] = (buckets[bounded] ?? 0) + 1;
}

/** The geometric middle of the bucket that holds the rank. */
function atRank(buckets: Uint32Array, rank: number, maxMs: number): number {
  let seen = 0;
  for (let index = 0; index < BUCKETS; index += 1) {
    seen += buckets[index] ?? 0;
    if (seen >= rank) return index === 0 ? 0 : Math.min(maxMs, SMALLEST_MS * STEP ** (index - 0.5));
  }
  return maxMs;
}
