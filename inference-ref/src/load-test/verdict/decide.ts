// Three-way decisions with a stated confidence: pass, fail, or not enough requests to say, and then how many more.
import { proportionLowerBound, proportionUpperBound } from './binomial.ts';
import { studentQuantile } from './student.ts';

export interface Decision {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  /** Further requests that would settle it at the rate seen; null when settled or when no number would. */
  readonly moreRequests: number | null;
  readonly reason: string;
}

const MOST_REQUESTS = 10_000_000;

export interface ProportionInput {
  /** Neither need be whole: of an effective sample they are not. */
  readonly violations: number;
  readonly n: number;
  /** Requests that gave an effective sample of `n`; `n` by default. */
  readonly requests?: number;
  /** The largest share of violations that still meets the objective. */
  readonly allowed: number;
  readonly confidence: number;
  /** What was seen, in words; the violations by default. */
  readonly seen?: string;
}

/** By the exact binomial (Clopper–Pearson) bounds of the share of violating requests. */
export function decideProportion(input: ProportionInput): Decision {
  const { violations, n, allowed } = input;
  const outcome = proportionOutcome(input);
  const share = input.seen ?? `${violations} of ${n} violate, ${(100 * allowed).toPrecision(3)} % may`;
  if (outcome !== 'inconclusive') return { outcome, moreRequests: null, reason: share };
  const needed = requestsToSettle(input);
  const each = n === 0 ? 1 : (input.requests ?? n) / n;
  const moreRequests = needed === null ? null : Math.ceil((needed - n) * each);
  return {
    outcome,
    moreRequests,
    reason:
      moreRequests === null
        ? `${share}: too close to settle`
        : `${share}: ${moreRequests} more requests needed at this rate`,
  };
}

function proportionOutcome({ violations, n, allowed, confidence }: ProportionInput): Decision['outcome'] {
  if (n === 0) return 'inconclusive';
  if (proportionUpperBound(violations, n, confidence) <= allowed + 1e-12) return 'pass';
  if (proportionLowerBound(violations, n, confidence) > allowed) return 'fail';
  return 'inconclusive';
}

/** The smallest sample that settles the question if the share of violations stays as it was. */
function requestsToSettle(input: ProportionInput): number | null {
  const share = input.n === 0 ? 0 : input.violations / input.n;
  const violationsOf = Number.isInteger(input.violations) ? Math.round : (violations: number) => violations;
  const settled = (n: number): boolean =>
    proportionOutcome({ ...input, n, violations: violationsOf(share * n) }) !== 'inconclusive';
  let high = Math.max(1, input.n);
  while (!settled(high)) {
    high *= 2;
    if (high > MOST_REQUESTS) return null;
  }
  let low = Math.max(input.n, Math.floor(high / 2));
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (settled(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export interface MeanInput {
  readonly mean: number;
  readonly standardError: number;
  readonly n: number;
  /** Independent pieces behind the standard error; their number less one are the degrees of freedom. */
  readonly pieces: number;
  readonly threshold: number;
  /** The objective wants the mean below the threshold. */
  readonly below: boolean;
  readonly confidence: number;
}

/** By a one-sided Student interval of a mean. */
export function decideMean(input: MeanInput): Decision {
  const { mean, standardError, n, pieces, threshold, below, confidence } = input;
  if (pieces < 2 || Number.isNaN(mean)) {
    return {
      outcome: 'inconclusive',
      moreRequests: Math.max(1, 10 - n),
      reason: 'too few requests for an interval',
    };
  }
  const margin = studentQuantile(confidence, pieces - 1) * standardError;
  const distance = below ? threshold - mean : mean - threshold;
  const reason = `${mean.toPrecision(4)} ± ${margin.toPrecision(2)} against ${threshold}`;
  if (distance > 0 && distance >= margin) return { outcome: 'pass', moreRequests: null, reason };
  if (distance < 0 && -distance >= margin) return { outcome: 'fail', moreRequests: null, reason };
  const factor = distance === 0 ? Number.POSITIVE_INFINITY : (margin / Math.abs(distance)) ** 2;
  const more = Math.ceil(n * factor) - n;
  const known = Number.isFinite(more) && more < MOST_REQUESTS;
  return {
    outcome: 'inconclusive',
    moreRequests: known ? Math.max(1, more) : null,
    reason: known
      ? `${reason}: ${Math.max(1, more)} more requests needed at this spread`
      : `${reason}: too close to settle`,
  };
}

/** Mean and standard error of a ratio of sums over clusters (calls), by linearisation (Cochran, Sampling Techniques, 6.4). */
export function ratioEstimate(
  numerators: readonly number[],
  denominators: readonly number[],
): { readonly ratio: number; readonly standardError: number } {
  const n = numerators.length;
  const top = numerators.reduce((sum, value) => sum + value, 0);
  const bottom = denominators.reduce((sum, value) => sum + value, 0);
  const ratio = bottom === 0 ? Number.NaN : top / bottom;
  const squares = numerators.reduce(
    (sum, value, i) => sum + (value - ratio * (denominators[i] ?? 0)) ** 2,
    0,
  );
  const standardError = n < 2 ? Number.NaN : Math.sqrt((n / (n - 1)) * squares) / Math.abs(bottom);
  return { ratio, standardError };
}
