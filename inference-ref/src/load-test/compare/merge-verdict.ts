// A comparison's outcome joined with the run's own verdict: the worse of both, and INVALID above all.
import type { LoadEffect } from '@tollgate/contract';
import type { RunVerdict } from '../verdict/judge-run.ts';

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
  return ORDER.indexOf(compared.verdict) > ORDER.indexOf(run.verdict) ? compared : run;
}

function describe(effects: readonly LoadEffect[]): string[] {
  return effects.map(({ measure, reason }) => `${measure} ${reason}`);
}
