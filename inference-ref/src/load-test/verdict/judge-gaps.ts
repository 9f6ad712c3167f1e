// Judges objectives on the gaps of all calls together: `itl` weighs a gap by its tokens, `icl` takes it as it is.
import type { CallRecord } from '../measure/call-record.ts';
import type { RunFigures } from '../measure/run-figures.ts';
import { decideGapShare } from './decide-gaps.ts';
import { type Evaluation, evaluateExtreme, evaluateRatio } from './evaluation.ts';
import { meets, type Objective } from './objective.ts';

export interface GapObjectiveInput {
  readonly figures: RunFigures;
  readonly threshold: number;
  readonly confidence: number;
}

interface Gap {
  /** Milliseconds, a token's share for `itl`. */
  readonly value: number;
  /** How often it counts. */
  readonly weight: number;
}

export function evaluateGaps({ metric, stat, comparison }: Objective, input: GapObjectiveInput): Evaluation {
  const { figures, threshold, confidence } = input;
  const below = comparison === '<' || comparison === '<=';
  const summary = metric === 'itl' ? figures.itl : figures.icl;
  const isGood = (value: number): boolean => meets(value, comparison, threshold);
  if (stat?.kind === 'max' || stat?.kind === 'min') {
    const extreme = stat.kind === 'max' ? summary.max : summary.min;
    return evaluateExtreme(extreme ?? undefined, summary.n, isGood);
  }
  const calls = figures.measured
    .filter(({ call }) => call.error === null)
    .map(({ call }) => gapsOf(call, metric === 'itl'))
    .filter((gaps) => gaps.length > 0);
  const total = calls.map((gaps) => sum(gaps, ({ weight }) => weight));
  if (stat?.kind !== 'percentile') {
    const times = calls.map((gaps) => sum(gaps, ({ value, weight }) => value * weight));
    return { ...evaluateRatio(times, total, { threshold, below, confidence }), n: summary.n };
  }
  const violating = calls.map((gaps) => sum(gaps, ({ value, weight }) => (isGood(value) ? 0 : weight)));
  const allowed = below ? 1 - stat.fraction : stat.fraction;
  const decision = decideGapShare({ violating, total, allowed, confidence });
  const value = percentileOf(summary, stat.fraction, figures, metric);
  return { ...decision, n: summary.n, value: Number.isNaN(value) ? null : value };
}

function gapsOf({ eventMs, eventTokens }: CallRecord, perToken: boolean): Gap[] {
  const gaps = Array.from({ length: Math.max(0, eventMs.length - 1) }, (_, before) => {
    const gapMs = (eventMs[before + 1] ?? 0) - (eventMs[before] ?? 0);
    const weight = perToken ? (eventTokens[before + 1] ?? 0) : 1;
    return { value: gapMs / Math.max(1, weight), weight };
  });
  return gaps.filter(({ weight }) => weight > 0);
}

function sum(gaps: readonly Gap[], pick: (gap: Gap) => number): number {
  return gaps.reduce((total, gap) => total + pick(gap), 0);
}

function percentileOf(summary: object, fraction: number, { gaps }: RunFigures, metric: string): number {
  const known: unknown = Object.entries(summary).find(([key]) => key === `p${fraction * 100}`)?.[1];
  if (typeof known === 'number') return known;
  return metric === 'icl' ? gaps.iclHistogram().getValueAtPercentile(fraction * 100) / 1000 : Number.NaN;
}
