// The objective on failed calls that every run has: the user's own, else a default that fails what is certainly too much.
import type { Decision } from './decide.ts';
import { type Objective, parseObjective } from './objective.ts';

const LIMIT = 'error_rate<=1%';
const DEFAULT: Objective = { ...parseObjective(LIMIT), text: `${LIMIT} (default)`, isDefault: true };
/** A failed call is a bad one: who names goodput has said how many may fail. */
const ON_ERRORS = ['error_rate', 'goodput'];

export function withErrorObjective(objectives: readonly Objective[]): readonly Objective[] {
  const isNamed = objectives.some(({ metric }) => ON_ERRORS.includes(metric));
  return isNamed ? objectives : [...objectives, DEFAULT];
}

/** Nobody asked for proof: a share within the limit passes, however few the calls. One above it still has to be settled. */
export function takenAsMet(decision: Decision, share: number | null, limit: number): Decision {
  if (decision.outcome !== 'inconclusive' || share === null || share > limit) return decision;
  return { outcome: 'pass', moreRequests: null, reason: `${(100 * share).toPrecision(3)} % failed` };
}
