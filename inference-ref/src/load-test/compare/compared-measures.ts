// What a comparison looks at, and how the chance of a wrong FAIL is shared among it.
import type { CallMetrics } from '../measure/call-metrics.ts';
import type { CallMeasureName } from '../measure/metric-catalog.ts';
import type { EffectMeasure } from './block-effect.ts';

export interface ComparedMeasure extends EffectMeasure {
  /** Its name in the table of call measures. */
  readonly metric: CallMeasureName;
  readonly value: (metrics: CallMetrics) => number;
}

export const COMPARED_MEASURES: readonly ComparedMeasure[] = [
  { name: 'TTFT p50', metric: 'ttft', fraction: 0.5, value: (metrics) => metrics.ttftMs },
  { name: 'TTFT p95', metric: 'ttft', fraction: 0.95, value: (metrics) => metrics.ttftMs },
  { name: 'TPOT p50', metric: 'tpot', fraction: 0.5, value: (metrics) => metrics.tpotMs },
  { name: 'E2E p50', metric: 'e2e', fraction: 0.5, value: (metrics) => metrics.e2eMs },
  { name: 'E2E p95', metric: 'e2e', fraction: 0.95, value: (metrics) => metrics.e2eMs },
];

/** Chance of a wrong FAIL over all measures together; each may spend an equal part (Bonferroni). */
export const COMPARISON_ALPHA = 0.05;
/** Errors are one measure more. */
export const MEASURE_ALPHA = COMPARISON_ALPHA / (COMPARED_MEASURES.length + 1);
