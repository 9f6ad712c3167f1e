// Goodput: calls that met every per-call bound. Errors are bad calls; attainment is good ÷ attempted.

import { findCallMeasure } from '../measure/metric-catalog.ts';
import type { MeasuredCall, RunFigures } from '../measure/run-figures.ts';
import { meets, type Objective } from './objective.ts';

export interface Goodput {
  /** The bounds that a good call met, as text. */
  readonly bounds: readonly string[];
  readonly good: number;
  readonly attempted: number;
  /** Good calls that ended in the steady window ÷ its length. */
  readonly perSecond: number;
}

/** Bounds of a call: the `slo` ones, else the thresholds of the latency objectives, whatever their statistic. */
export function sloBounds(slo: readonly Objective[], objectives: readonly Objective[]): readonly Objective[] {
  if (slo.length > 0) return slo;
  return objectives.filter(({ metric }) => findCallMeasure(metric) !== undefined);
}

export function isGood({ call, metrics }: MeasuredCall, bounds: readonly Objective[]): boolean {
  if (call.error !== null) return false;
  return bounds.every(({ metric, comparison, threshold }) => {
    const value = findCallMeasure(metric)?.value(metrics) ?? Number.NaN;
    // A call of a single token has no TPOT: nothing of it can be too slow.
    return Number.isNaN(value) || meets(value, comparison, threshold);
  });
}

export function computeGoodput(figures: RunFigures, bounds: readonly Objective[]): Goodput {
  const { steadyFromMs, steadyToMs } = figures.window;
  let good = 0;
  let goodInWindow = 0;
  for (const measured of figures.measured) {
    if (!isGood(measured, bounds)) continue;
    good += 1;
    const { closedMs } = measured.call;
    if (closedMs >= steadyFromMs && closedMs <= steadyToMs) goodInWindow += 1;
  }
  return {
    bounds: bounds.map(({ metric, comparison, threshold }) => {
      const unit = findCallMeasure(metric)?.unit === 'ms' ? 'ms' : '';
      return `${metric}${comparison}${threshold}${unit}`;
    }),
    good,
    attempted: figures.measured.length,
    perSecond: (goodInWindow * 1000) / Math.max(1e-9, steadyToMs - steadyFromMs),
  };
}
