// What a comparison or a sweep adds to the terminal's report.
import type { LoadEffect, LoadTestRun } from '@tollgate/contract';
import { effectUnits, formatFigure, formatLoad, formatSweep, sweepOutcome } from './format-figure.ts';
import { alignColumns } from './terminal-columns.ts';

export function comparisonLines({ comparison }: LoadTestRun): string[] {
  if (comparison === null) return [];
  const arms = comparison.arms.map((arm) => [
    arm.name,
    String(arm.requests),
    String(arm.errors),
    ...[
      arm.ttft_ms.p50,
      arm.ttft_ms.p95,
      arm.tpot_ms.p50,
      arm.e2e_ms.mean,
      arm.e2e_ms.p50,
      arm.e2e_ms.p95,
      arm.e2e_ms.p99,
    ].map((value) => formatFigure(value)),
  ]);
  const effects = comparison.effects.map(effectCells);
  const armHead = [
    '',
    'calls',
    'errors',
    'TTFT p50',
    'TTFT p95',
    'TPOT p50',
    'E2E mean',
    'E2E p50',
    'E2E p95',
    'E2E p99',
  ];
  const effectHead = [
    '',
    comparison.baseline,
    comparison.candidate ?? 'other',
    'change',
    'interval',
    'noise floor',
    'outcome',
  ];
  return [...alignColumns([armHead, ...arms]), '', ...alignColumns([effectHead, ...effects]), ''];
}

function effectCells(effect: LoadEffect): string[] {
  const { baseline, candidate, change_percent: change, interval_percent: interval } = effect;
  const units = effectUnits(effect);
  const signed = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(1)}${units.change}`;
  return [
    effect.measure,
    ...[baseline, candidate].map((value) => (value === null ? '–' : `${formatFigure(value)}${units.value}`)),
    change === null ? '–' : signed(change),
    interval === null ? '–' : `${signed(interval.low)} … ${signed(interval.high)}`,
    effect.noise_floor_percent === null ? '–' : `±${effect.noise_floor_percent.toFixed(1)} %`,
    effect.outcome,
  ];
}

export function sweepLines({ sweep }: LoadTestRun): string[] {
  if (sweep === null) return [];
  const head = [
    sweep.by,
    'objectives',
    'calls',
    'errors',
    'TTFT p50',
    'TTFT p99',
    'E2E p50',
    'E2E p99',
    'tokens/s',
    'calls/s',
  ];
  const points = [...sweep.points]
    .sort((a, b) => a.load - b.load)
    .map((point) => [
      formatLoad(sweep, point.load),
      sweepOutcome(point),
      String(point.requests),
      String(point.errors),
      ...[
        point.ttft_p50_ms,
        point.ttft_p99_ms,
        point.e2e_p50_ms,
        point.e2e_p99_ms,
        point.system_tps,
        point.rps,
      ].map((value) => formatFigure(value)),
    ]);
  return [...alignColumns([head, ...points]), formatSweep(sweep), ''];
}
