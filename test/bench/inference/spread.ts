// What is told of many measurements of one thing. Nearest-rank percentiles: every figure was measured once.
import { nearestRank, sortedCopy } from '@tollgate/inference-ref/load-test/measure/percentile';

export interface Spread {
  readonly median: number;
  readonly p5: number;
  readonly p95: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return {
    median: percentile(values, 0.5),
    p5: percentile(values, 0.05),
    p95: percentile(values, 0.95),
  };
}

export function percentile(values: readonly number[], share: number): number {
  return nearestRank(sortedCopy(values), share);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
