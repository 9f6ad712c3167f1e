// Judges one objective against a run: the value, the decision with its confidence, and whether the client could explain it.
import type { RunCost } from '../context/run-cost.ts';
import { findCallMeasure } from '../measure/metric-catalog.ts';
import { nearestRank, sortedCopy } from '../measure/percentile.ts';
import type { RunFigures } from '../measure/run-figures.ts';
import type { ClientErrorMs } from './certificate.ts';
import { type Decision, decideProportion } from './decide.ts';
import { takenAsMet } from './error-objective.ts';
import {
  type Evaluation,
  evaluateExtreme,
  evaluateMean,
  evaluateRatio,
  type MeanRule,
} from './evaluation.ts';
import { computeGoodput } from './goodput.ts';
import { evaluateGaps } from './judge-gaps.ts';
import { type Comparison, meets, type Objective } from './objective.ts';

export interface JudgeInput {
  readonly figures: RunFigures;
  readonly bounds: readonly Objective[];
  readonly cost: RunCost | null;
  readonly confidence: number;
  readonly clientError: ClientErrorMs;
}

export interface JudgedObjective extends Decision {
  readonly objective: string;
  readonly metric: string;
  readonly value: number | null;
  readonly threshold: number;
  readonly comparison: Comparison;
  readonly n: number;
  /** Not named by the user. */
  readonly isDefault: boolean;
  /** The decision would be another if the client's own error were taken away. */
  readonly clientCouldExplain: boolean;
}

export function judgeObjective(objective: Objective, input: JudgeInput): JudgedObjective {
  const evaluation = evaluate(objective, objective.threshold, input);
  return {
    ...evaluation,
    objective: objective.text,
    metric: objective.metric,
    threshold: objective.threshold,
    comparison: objective.comparison,
    isDefault: objective.isDefault ?? false,
    clientCouldExplain: couldExplain(objective, evaluation, input),
  };
}

/** Lateness only adds to a latency from send, so a met upper bound stands; everything else is tried both ways. */
function couldExplain(objective: Objective, evaluation: Evaluation, input: JudgeInput): boolean {
  const errorMs = clientErrorFor(objective, input.clientError);
  if (errorMs === 0 || evaluation.outcome === 'inconclusive') return false;
  const inflates = findCallMeasure(objective.metric)?.clientError === 'inflates';
  const upperBound = objective.comparison === '<' || objective.comparison === '<=';
  const shifts = inflates ? [errorMs] : [errorMs, -errorMs];
  return shifts.some((shift) => {
    if (inflates && upperBound && evaluation.outcome === 'pass') return false;
    const shifted = evaluate(objective, Math.max(0, objective.threshold + shift), input);
    return shifted.outcome !== evaluation.outcome;
  });
}

function clientErrorFor({ metric, stat }: Objective, error: ClientErrorMs): number {
  const measure = findCallMeasure(metric);
  const timed = measure?.unit === 'ms' || metric === 'itl' || metric === 'icl';
  if (!timed || measure?.clientError === 'itself' || stat === null) return 0;
  const at =
    stat.kind === 'percentile'
      ? stat.fraction <= 0.5
        ? error.p50
        : error.p99
      : stat.kind === 'max'
        ? error.max
        : error.mean;
  return metric === 'tpot' || metric === 'itl' ? at / Math.max(1, error.tokensPerCall) : at;
}

function evaluate(objective: Objective, threshold: number, input: JudgeInput): Evaluation {
  if (findCallMeasure(objective.metric) !== undefined)
    return evaluateCallMeasure(objective, threshold, input);
  if (objective.metric === 'itl' || objective.metric === 'icl')
    return evaluateGaps(objective, { ...input, threshold });
  return evaluateRunMeasure(objective, threshold, input);
}

function evaluateCallMeasure(
  { metric, stat, comparison }: Objective,
  threshold: number,
  input: JudgeInput,
): Evaluation {
  const measure = findCallMeasure(metric);
  const { measured } = input.figures;
  const values = measured.map(({ metrics }) => measure?.value(metrics) ?? Number.NaN);
  const present = values.filter((value) => !Number.isNaN(value));
  const below = comparison === '<' || comparison === '<=';
  if (stat?.kind === 'percentile') {
    const violations = measured.filter(({ call }, i) => {
      const value = values[i] ?? Number.NaN;
      return call.error !== null || (!Number.isNaN(value) && !meets(value, comparison, threshold));
    }).length;
    const n = measured.filter(({ call }, i) => call.error !== null || !Number.isNaN(values[i])).length;
    const allowed = below ? 1 - stat.fraction : stat.fraction;
    const decision = decideProportion({ violations, n, allowed, confidence: input.confidence });
    return {
      ...decision,
      n,
      value: present.length === 0 ? null : nearestRank(sortedCopy(present), stat.fraction),
    };
  }
  if (stat?.kind === 'mean') return evaluateMean(present, { threshold, below, confidence: input.confidence });
  const sorted = sortedCopy(present);
  return evaluateExtreme(
    stat?.kind === 'min' ? sorted[0] : sorted[sorted.length - 1],
    present.length,
    (value) => meets(value, comparison, threshold),
  );
}

function evaluateRunMeasure(
  { metric, comparison, isDefault = false }: Objective,
  threshold: number,
  input: JudgeInput,
): Evaluation {
  const { figures, confidence, cost, bounds } = input;
  const below = comparison === '<' || comparison === '<=';
  const n = figures.measured.length;
  switch (metric) {
    case 'error_rate': {
      const decision = decideProportion({ violations: figures.errors, n, allowed: threshold, confidence });
      const value = n === 0 ? null : figures.errors / n;
      return { ...(isDefault ? takenAsMet(decision, value, threshold) : decision), n, value };
    }
    case 'goodput': {
      const { good } = computeGoodput(figures, bounds);
      const decision = decideProportion({ violations: n - good, n, allowed: 1 - threshold, confidence });
      return { ...decision, n, value: n === 0 ? null : good / n };
    }
    case 'goodput_rps': {
      const { perSecond } = computeGoodput(figures, bounds);
      const outcome = meets(perSecond, comparison, threshold) ? 'pass' : 'fail';
      return {
        value: perSecond,
        n,
        outcome,
        moreRequests: null,
        reason: `${perSecond.toPrecision(4)} in this run`,
      };
    }
    case 'system_tps':
      return evaluateMean(figures.rates.batchTokensPerSecond, { threshold, below, confidence });
    case 'rps':
      return evaluateMean(figures.rates.batchCallsPerSecond, { threshold, below, confidence });
    default:
      return evaluateCost(metric, cost, figures, { threshold, below, confidence });
  }
}

function evaluateCost(metric: string, cost: RunCost | null, figures: RunFigures, rule: MeanRule): Evaluation {
  if (cost === null) {
    return {
      value: null,
      n: 0,
      outcome: 'inconclusive',
      moreRequests: null,
      reason: 'no prices given: use --price-input and --price-output',
    };
  }
  const perThousand = metric === 'cost_per_1k_calls';
  const tops = cost.perCallUsd.map((usd) => usd * (perThousand ? 1000 : 1_000_000));
  const bottoms = figures.measured.map(({ call }) => (perThousand ? 1 : call.outputTokens));
  return evaluateRatio(tops, bottoms, rule);
}
