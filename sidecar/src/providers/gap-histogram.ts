// Quantiles of the gaps between token events in bounded memory: exact up to 256 gaps, then log buckets 4 % wide.

const EXACT_GAPS = 256;
const BUCKETS = 512;
const STEP = 1.04;
const SMALLEST_MS = 0.001;
const LOG_STEP = Math.log(STEP);

export interface GapHistogram {
  readonly record: (gapMs: number) => void;
  /** Nearest rank; null while empty. `fraction` 0.99 is the p99. */
  readonly quantile: (fraction: number) => number | null;
  /** The longest gap, exactly; null while empty. */
  readonly max: () => number | null;
}

export function createGapHistogram(): GapHistogram {
  const exact: number[] = [];
  let buckets: Uint32Array | null = null;
  let count = 0;
  let maxMs = 0;

  function record(gapMs: number): void {
    const gap = Math.max(0, gapMs);
    count += 1;
    if (gap > maxMs) maxMs = gap;
    if (buckets === null && exact.length < EXACT_GAPS) {
      exact.push(gap);
      return;
    }
    if (buckets === null) {
      buckets = new Uint32Array(BUCKETS);
      for (const earlier of exact) addTo(buckets, earlier);
      exact.length = 0;
    }
    addTo(buckets, gap);
  }

  function quantile(fraction: number): number | null {
    if (count === 0) return null;
    const rank = Math.max(1, Math.ceil(fraction * count));
    if (buckets === null) return exact.toSorted((a, b) => a - b)[rank - 1] ?? null;
    let seen = 0;
    for (const [index, held] of buckets.entries()) {
      seen += held;
      if (seen >= rank) return Math.min(maxMs, middleOf(index));
    }
    return maxMs;
  }

  return { record, quantile, max: () => (count === 0 ? null : maxMs) };
}

function addTo(buckets: Uint32Array, gapMs: number): void {
  const index = gapMs <= SMALLEST_MS ? 0 : 1 + Math.floor(Math.log(gapMs / SMALLEST_MS) / LOG_STEP);
  const bounded = Math.min(BUCKETS - 1, index);
  buckets[bounded] = (buckets[bounded] ?? 0) + 1;
}

/** The geometric middle of a bucket. */
function middleOf(index: number): number {
  return index === 0 ? 0 : SMALLEST_MS * STEP ** (index - 0.5);
}
