// What judging an objective against a run gives, and the two ways that many measures are judged alike.
import { type Decision, decideMean, ratioEstimate } from './decide.ts';

export interface Evaluation extends Decision {
  readonly value: number | null;
  readonly n: number;
}

export interface MeanRule {
  readonly threshold: number;
  /** The objective wants the mean below the threshold. */
  readonly below: boolean;
  readonly confidence: number;
}

/** The largest or smallest of this run is a fact of this run, not an estimate. */
export function evaluateExtreme(
  value: number | undefined,
  n: number,
  good: (value: number) => boolean,
): Evaluation {
  if (value === undefined)
    return { value: null, n, outcome: 'inconclusive', moreRequests: 1, reason: 'no value' };
  const outcome = good(value) ? 'pass' : 'fail';
  return { value, n, outcome, moreRequests: null, reason: `${value.toPrecision(4)} in this run` };
}

/** A ratio of sums over calls: a mean where every denominator is 1. */
export function evaluateRatio(
  numerators: readonly number[],
  denominators: readonly number[],
  rule: MeanRule,
): Evaluation {
  const n = numerators.length;
  const { ratio, standardError } = ratioEstimate(numerators, denominators);
  const decision = decideMean({ mean: ratio, standardError, n, pieces: n, ...rule });
  return { ...decision, n, value: Number.isNaN(ratio) ? null : ratio };
}

export function evaluateMean(values: readonly number[], rule: MeanRule): Evaluation {
  return evaluateRatio(values, new Array<number>(values.length).fill(1), rule);
}
