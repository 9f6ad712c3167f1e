// A comparison's outcome joined with the run's own verdict: the worse of both, and INVALID above all.
import type { LoadEffect } from '@tollgate/contract';
import type { JudgedRun } from '../run/loadtest-session.ts';
import type { RunVerdict } from '../verdict/judge-run.ts';

interface ComparedModel {
  readonly name: string;
  readonly run: Pick<JudgedRun, 'figures' | 'objectives'>;
}

const ORDER = ['PASS', 'INCONCLUSIVE', 'FAIL', 'INVALID'] as const;

export function mergeVerdict(
  run: RunVerdict,
  effects: readonly LoadEffect[],
  attribution: readonly string[],
): RunVerdict {
  const failed = effects.filter(({ outcome }) => outcome === 'fail');
  const undecided = effects.filter(({ outcome }) => outcome === 'inconclusive');
  const compared: RunVerdict =
    failed.length > 0
      ? {
          verdict: 'FAIL',
          reasons: attribution.length > 0 ? attribution : describe(failed),
          moreRequests: null,
        }
      : undecided.length > 0
        ? { verdict: 'INCONCLUSIVE', reasons: describe(undecided), moreRequests: null }
        : { verdict: 'PASS', reasons: [], moreRequests: null };
  if (compared.verdict === run.verdict)
    return { ...compared, reasons: [...run.reasons, ...compared.reasons] };
  return ORDER.indexOf(compared.verdict) > ORDER.indexOf(run.verdict) ? compared : run;
}

/** Models may differ as they like; but figures of the calls that a failing one happened to answer say nothing. */
export function withFailingModels(first: RunVerdict, others: readonly ComparedModel[]): RunVerdict {
  const reasons = others.flatMap(({ name, run }) => errorsOf(run).map((reason) => `${name}: ${reason}`));
  if (reasons.length === 0 || first.verdict === 'INVALID') return first;
  const before = first.verdict === 'FAIL' ? first.reasons : [];
  return { verdict: 'FAIL', reasons: [...before, ...reasons], moreRequests: null };
}

function errorsOf({ figures, objectives }: ComparedModel['run']): string[] {
  if (figures.errors > 0 && figures.errors === figures.measured.length) return ['every call failed'];
  return objectives
    .filter(({ metric, outcome }) => metric === 'error_rate' && outcome === 'fail')
    .map(({ objective, reason }) => `${objective}: ${reason}`);
}

function describe(effects: readonly LoadEffect[]): string[] {
  return effects.map(({ measure, reason }) => `${measure} ${reason}`);
}
