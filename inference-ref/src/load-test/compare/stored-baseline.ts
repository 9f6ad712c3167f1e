// A run against a stored report: less sure than an interleaved comparison, since the machine may have changed in between.
// It therefore fails only when the whole interval lies beyond what is allowed.
import { readFileSync } from 'node:fs';
import { type LoadComparison, type LoadEffect, LoadTestRun } from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { phasesOf } from '../context/phases.ts';
import type { Interval } from '../measure/percentile.ts';
import type { JudgedRun } from '../run/loadtest-session.ts';
import { attribute } from './attribution.ts';
import { describeArm } from './describe-arm.ts';
import { storedErrorEffect } from './error-effect.ts';
import { mergeVerdict } from './merge-verdict.ts';

const errBaseline = defineError('TG_LOADTEST_BASELINE', 400);

export interface StoredComparisonInput {
  readonly stored: LoadTestRun;
  readonly run: JudgedRun;
  readonly maxRegression: number;
  /** Fraction of calls that may fail beyond the stored run's. */
  readonly maxErrorIncrease: number;
}

interface Figure {
  readonly value: number | null;
  readonly interval: Interval | null;
}

export function compareWithStored({ stored, run, maxRegression, maxErrorIncrease }: StoredComparisonInput): {
  readonly run: JudgedRun;
  readonly comparison: LoadComparison;
} {
  const { ttft, tpot, e2e } = run.figures.summaries;
  const pairs = [
    ['TTFT p50', pick(stored.ttft_ms, 'p50'), pick(ttft, 'p50')],
    ['TTFT p95', pick(stored.ttft_ms, 'p95'), pick(ttft, 'p95')],
    ['TPOT p50', pick(stored.tpot_ms, 'p50'), pick(tpot, 'p50')],
    ['E2E p50', pick(stored.e2e_ms, 'p50'), pick(e2e, 'p50')],
    ['E2E p95', pick(stored.e2e_ms, 'p95'), pick(e2e, 'p95')],
  ] as const;
  const effects = [
    ...pairs.map(([measure, before, after]) => storedEffect(measure, before, after, maxRegression)),
    storedErrorEffect({
      before: { failed: stored.errors, attempted: stored.requests },
      after: { failed: run.figures.errors, attempted: run.figures.measured.length },
      maxIncrease: maxErrorIncrease,
    }),
  ];
  const candidate = describeArm('this run', run.figures, phasesOf(run.figures.measured, run.server));
  const baseline: LoadComparison['arms'][number] = {
    name: stored.name,
    requests: stored.requests,
    errors: stored.errors,
    ttft_ms: stored.ttft_ms,
    tpot_ms: stored.tpot_ms,
    e2e_ms: stored.e2e_ms,
    phases: stored.phases,
    ttft_sample_ms: [],
    e2e_sample_ms: [],
  };
  const attribution = attribute(baseline, candidate, effects);
  const comparison: LoadComparison = {
    kind: 'stored',
    baseline: stored.name,
    candidate: candidate.name,
    max_regression_percent: maxRegression * 100,
    blocks: 1,
    arms: [baseline, candidate],
    effects,
    attribution,
  };
  return { run: { ...run, verdict: mergeVerdict(run.verdict, effects, attribution) }, comparison };
}

/** Throws TG_LOADTEST_BASELINE when the file is no report of ours. */
export function readStoredReport(path: string): LoadTestRun {
  try {
    return LoadTestRun.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw errBaseline(`${path} is no stored report`, {
      cause,
      hint: 'give a file written by loadtest --json',
    });
  }
}

/** Throws TG_LOADTEST_BASELINE where the stored run bore another load: the difference would be the load's. */
export function refuseOtherLoad(stored: LoadTestRun, load: LoadTestRun['load'], api: string): void {
  const facts = [
    ['API', stored.target.api, api],
    ['load', pattern(stored.load), pattern(load)],
    ['workload', stored.load.workload, load.workload],
  ] as const;
  const others = facts.filter(([, before, now]) => before !== now);
  if (others.length === 0) return;
  const text = others.map(([what, before, now]) => `${what}: ${before}; now ${now}`);
  throw errBaseline(`the baseline was measured under another load (${text.join('. ')})`, {
    hint: 'run it with the load of the baseline, or store a new baseline',
  });
}

/** How long a run lasted changes no call of it. */
function pattern({ description }: LoadTestRun['load']): string {
  return description.replace(/(, \d+ calls)?(, [\d.]+ s)?$/, '');
}

function pick(distribution: LoadTestRun['ttft_ms'], stat: 'p50' | 'p95'): Figure {
  return { value: distribution[stat], interval: distribution.ci95?.[stat] ?? null };
}

function storedEffect(measure: string, before: Figure, after: Figure, maxRegression: number): LoadEffect {
  const base = { measure, baseline: before.value, candidate: after.value, noise_floor_percent: null };
  if (before.value === null || after.value === null || before.interval === null || after.interval === null) {
    const reason = 'too few calls on one side for an interval';
    return { ...base, change_percent: null, interval_percent: null, outcome: 'inconclusive', reason };
  }
  const change = after.value / before.value - 1;
  const low = after.interval.low / before.interval.high - 1;
  const high = after.interval.high / before.interval.low - 1;
  const reason = `${(change * 100).toFixed(1)} % (${(low * 100).toFixed(1)} … ${(high * 100).toFixed(1)} %)`;
  return {
    ...base,
    change_percent: change * 100,
    interval_percent: { low: low * 100, high: high * 100 },
    outcome: low > maxRegression ? 'fail' : high <= maxRegression ? 'pass' : 'inconclusive',
    reason,
  };
}
