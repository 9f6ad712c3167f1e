// Finds where the start-up transient ends in a series of calls: MSER-5 (White, 1997): the cut that minimises the
// standard error of the rest, over batches of five. Says when it found none.

export interface SteadyState {
  /** Calls at the start that belong to the transient. */
  readonly transientCalls: number;
  /** False when the best cut lies in the second half: then the run never became steady. */
  readonly reached: boolean;
}

const BATCH = 5;

export function detectSteadyState(series: readonly number[]): SteadyState | null {
  const means: number[] = [];
  for (let start = 0; start + BATCH <= series.length; start += BATCH) {
    means.push(series.slice(start, start + BATCH).reduce((sum, value) => sum + value, 0) / BATCH);
  }
  if (means.length < 10) return null;
  let bestCut = 0;
  let bestScore = Number.POSITIVE_INFINITY;
  let sum = 0;
  let squares = 0;
  for (let cut = means.length - 1; cut >= 0; cut -= 1) {
    const value = means[cut] ?? 0;
    sum += value;
    squares += value * value;
    const n = means.length - cut;
    if (n < 5) continue;
    const score = (squares - (sum * sum) / n) / (n * n);
    if (score <= bestScore) {
      bestScore = score;
      bestCut = cut;
    }
  }
  return { transientCalls: bestCut * BATCH, reached: bestCut <= means.length / 2 };
}
