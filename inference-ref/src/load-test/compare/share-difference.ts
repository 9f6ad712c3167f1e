// By how much two shares of failed calls differ, with limits that hold for small counts and for none. Pure numbers, no policy.
import { proportionLowerBound, proportionUpperBound } from '../verdict/binomial.ts';

export interface CallCounts {
  readonly failed: number;
  readonly attempted: number;
}

export interface ShareDifference {
  readonly before: number;
  readonly after: number;
  /** Fraction of calls: 0.01 is one percentage point. */
  readonly change: number;
  /** Each holds with the confidence asked for. */
  readonly low: number;
  readonly high: number;
}

/**
 * The limits of a difference out of those of its two parts (Newcombe, Statistics in Medicine 17, 1998, method 10; Zou and Donner,
 * Statistics in Medicine 27, 2008), which are Clopper and Pearson's here: without any failure on either side the upper limit is
 * the exact one of the second side. NaN where a side has no call.
 */
export function shareDifference(before: CallCounts, after: CallCounts, confidence: number): ShareDifference {
  const [first, second] = [limits(before, confidence), limits(after, confidence)];
  const change = second.share - first.share;
  return {
    before: first.share,
    after: second.share,
    change,
    low: change - Math.hypot(second.share - second.low, first.high - first.share),
    high: change + Math.hypot(second.high - second.share, first.share - first.low),
  };
}

function limits({ failed, attempted }: CallCounts, confidence: number) {
  return {
    share: failed / attempted,
    low: proportionLowerBound(failed, attempted, confidence),
    high: proportionUpperBound(failed, attempted, confidence),
  };
}

export function sumCounts(counts: readonly CallCounts[]): CallCounts {
  return {
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    attempted: counts.reduce((sum, { attempted }) => sum + attempted, 0),
  };
}
