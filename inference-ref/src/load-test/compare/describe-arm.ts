// One arm of a comparison for the report.
import type { LoadArm, LoadPhases } from '@tollgate/contract';
import type { RunFigures } from '../measure/run-figures.ts';

const MOST_SAMPLES = 2000;

export function describeArm(name: string, figures: RunFigures, phases: LoadPhases): LoadArm {
  const { ttft, tpot, e2e } = figures.summaries;
  return {
    name,
    requests: figures.measured.length,
    errors: figures.errors,
    ttft_ms: ttft,
    tpot_ms: tpot,
    e2e_ms: e2e,
    phases,
    ttft_sample_ms: evenly(figures.measured.map(({ metrics }) => metrics.ttftMs)),
    e2e_sample_ms: evenly(figures.measured.map(({ metrics }) => metrics.e2eMs)),
  };
}

/** Every k-th of the sorted values, ends included, so that a box plot of the sample is that of the whole. */
function evenly(values: readonly number[]): number[] {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  if (sorted.length <= MOST_SAMPLES) return sorted;
  return Array.from(
    { length: MOST_SAMPLES },
    (_, index) => sorted[Math.round((index * (sorted.length - 1)) / (MOST_SAMPLES - 1))] ?? 0,
  );
}
