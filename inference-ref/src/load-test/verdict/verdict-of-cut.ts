// What the verdict of a run is worth when the run ended before its plan.
import type { RunVerdict } from './judge-run.ts';

/** What was found stands; that nothing was found does not: the rest of the run could have brought it. */
export function verdictOfCut(verdict: RunVerdict, words: string): RunVerdict {
  return {
    ...verdict,
    verdict: verdict.verdict === 'PASS' ? 'INCONCLUSIVE' : verdict.verdict,
    reasons: [words, ...verdict.reasons],
  };
}
