// What share of a budget the whole width of its bar stands for.

/** Beyond this the bar only says "more": drawn to scale, the warning steps would lie over one another. */
const MOST = 1.5;

/** At least the whole limit; `isCut` where more was spent than the bar can show. */
export function budgetScale(ratio: number): { scale: number; isCut: boolean } {
  return { scale: Math.min(MOST, Math.max(1, ratio)), isCut: ratio > MOST };
}
