// Decides what share of gaps may violate. Gaps of a call hang together, so what counts is calls, never the number of gaps.
import { type Decision, decideProportion, ratioEstimate } from './decide.ts';

export interface GapShareInput {
  /** Of each call: the gaps (or tokens) that violate, and all of them. */
  readonly violating: readonly number[];
  readonly total: readonly number[];
  /** The largest share of violating gaps that still meets the objective. */
  readonly allowed: number;
  readonly confidence: number;
}

/** From this many calls with violating gaps on, their spread tells how much the gaps of a call hang together. */
const ENOUGH_VIOLATING_CALLS = 10;

/**
 * By exact binomial bounds over an effective sample (Korn and Graubard, Survey Methodology 24(2), 1998): as many independent gaps
 * as would spread like the calls did. With few violating calls the spread is not known, and with none it looks like zero: then
 * each call counts as a single gap. Never a pass where a run of as many calls without violations would not pass.
 */
export function decideGapShare({ violating, total, allowed, confidence }: GapShareInput): Decision {
  const requests = total.length;
  const { ratio, standardError } = ratioEstimate(violating, total);
  if (Number.isNaN(ratio)) return decideProportion({ violations: 0, n: 0, allowed, confidence });
  const violatingCalls = violating.filter((gaps) => gaps > 0).length;
  const allGaps = total.reduce((sum, gaps) => sum + gaps, 0);
  const asSpread = standardError === 0 ? allGaps : (ratio * (1 - ratio)) / standardError ** 2;
  const n = violatingCalls < ENOUGH_VIOLATING_CALLS ? requests : Math.min(allGaps, asSpread);
  const seen = `${percent(ratio)} of the gaps in ${violatingCalls} of ${requests} calls violate, ${percent(allowed)} may`;
  const rule = { allowed, confidence, requests, seen };
  const decision = decideProportion({ violations: ratio * n, n, ...rule });
  return decision.outcome === 'pass' ? decideProportion({ violations: 0, n: requests, ...rule }) : decision;
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(3)} %`;
}
