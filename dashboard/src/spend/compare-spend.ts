// How a figure compares with the period before, or why it cannot be compared: a cost of $0 may be no calls, or no price.
import { changeRatio } from '../ui/number-format.ts';
import { isUnpriced, type SpendTotals } from './spend-groups.ts';

/** `ratio` where both periods can be compared, else what the period before held. */
export type Comparison = { ratio: number } | { before: 'nothing' | 'unpriced' | '$0' };

export function compareCalls(now: SpendTotals, before: SpendTotals): Comparison {
  const ratio = changeRatio(now.calls, before.calls);
  return ratio === null ? { before: 'nothing' } : { ratio };
}

/** Null where the cost itself is not known. */
export function compareCost(now: SpendTotals, before: SpendTotals): Comparison | null {
  if (isUnpriced(now)) return null;
  if (before.calls === 0) return { before: 'nothing' };
  if (isUnpriced(before)) return { before: 'unpriced' };
  const ratio = changeRatio(now.costPicoUsd, before.costPicoUsd);
  return ratio === null ? { before: '$0' } : { ratio };
}
