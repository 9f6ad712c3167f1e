// The run's verdict out of its objectives and its certificate.

import type { Certificate } from './certificate.ts';
import type { Verdict } from './exit-codes.ts';
import type { JudgedObjective } from './judge-objective.ts';

export interface RunVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  /** The most that any undecided objective needs; null when none is undecided or no number would settle it. */
  readonly moreRequests: number | null;
}

export interface RunVerdictInput {
  readonly objectives: readonly JudgedObjective[];
  readonly certificate: Certificate;
  readonly requests: number;
  readonly errors: number;
  /** Reasons of a kind of their own that make the run say nothing: undeclared cache hits. */
  readonly invalidating: readonly string[];
  /** What is known of why objectives were missed. */
  readonly explanations: readonly string[];
  /** Part of an interleaved comparison: what matters is a difference, and the client is late on both sides of it. */
  readonly compared: boolean;
}

export function judgeRun({
  objectives,
  certificate,
  requests,
  errors,
  invalidating,
  explanations,
  compared,
}: RunVerdictInput): RunVerdict {
  const invalid = [...invalidating, ...certificateReasons(objectives, certificate, compared)];
  if (invalid.length > 0) return { verdict: 'INVALID', reasons: invalid, moreRequests: null };
  if (requests === 0) return { verdict: 'INVALID', reasons: ['no call was measured'], moreRequests: null };
  if (errors === requests) return { verdict: 'FAIL', reasons: ['every call failed'], moreRequests: null };
  const failed = objectives.filter(({ outcome }) => outcome === 'fail');
  if (failed.length > 0) {
    const reasons = [...failed.map(describe), ...explanations];
    return { verdict: 'FAIL', reasons, moreRequests: null };
  }
  const undecided = objectives.filter(({ outcome }) => outcome === 'inconclusive');
  if (undecided.length > 0) {
    const needs = undecided.map(({ moreRequests }) => moreRequests);
    const moreRequests = needs.includes(null) ? null : Math.max(...needs.map(Number));
    return { verdict: 'INCONCLUSIVE', reasons: undecided.map(describe), moreRequests };
  }
  return { verdict: 'PASS', reasons: [], moreRequests: null };
}

/**
 * A degraded client still allows a verdict that its error can't change; where no objective was named the figures are the result. In an
 * interleaved comparison its lateness falls on all arms alike and is part of their noise floor: there only a breakdown counts.
 */
function certificateReasons(
  objectives: readonly JudgedObjective[],
  { status, reasons, breakdowns }: Certificate,
  compared: boolean,
): readonly string[] {
  if (compared ? breakdowns.length > 0 : status === 'invalid') return compared ? breakdowns : reasons;
  if (!compared && status === 'degraded' && objectives.every(({ isDefault }) => isDefault)) return reasons;
  return objectives
    .filter(({ clientCouldExplain }) => clientCouldExplain)
    .map(({ objective }) => `${objective}: the client's own error could explain the result`);
}

function describe({ objective, reason }: JudgedObjective): string {
  return `${objective}: ${reason}`;
}
