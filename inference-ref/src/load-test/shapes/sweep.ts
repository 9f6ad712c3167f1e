// Sweep to saturation: climb a ladder of loads, each twice the last, until one misses the objectives, then halve the interval.
// Decides only which load comes next; whoever runs it tells it the outcome.

export interface SweepOptions {
  readonly from: number;
  readonly to: number;
  /** Stop when the interval between the best good and the least bad load is within this fraction of the former. */
  readonly precision: number;
  /** Loads are whole numbers (concurrency) or not (a rate). */
  readonly whole: boolean;
}

export interface Sweep {
  /** The next load to try, null when the answer is known. */
  readonly next: () => number | null;
  readonly report: (load: number, good: boolean) => void;
  readonly highestGood: () => number | null;
  readonly lowestBad: () => number | null;
}

export function createSweep({ from, to, precision, whole }: SweepOptions): Sweep {
  let good: number | null = null;
  let bad: number | null = null;
  const round = (load: number): number => (whole ? Math.round(load) : load);
  return {
    next: () => {
      if (good === null) return bad === null ? from : null;
      if (bad === null) return good >= to ? null : round(Math.min(to, good * 2));
      const closeEnough = bad - good <= Math.max(whole ? 1 : 0, precision * good);
      return closeEnough ? null : round((good + bad) / 2);
    },
    report: (load, wasGood) => {
      if (wasGood) good = Math.max(good ?? 0, load);
      else bad = Math.min(bad ?? Number.POSITIVE_INFINITY, load);
    },
    highestGood: () => good,
    lowestBad: () => bad,
  };
}
