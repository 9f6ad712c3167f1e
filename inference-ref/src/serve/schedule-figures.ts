// What rounds of the scheduler add up to: where the time went, how large the batches were, how long a step took. Pure.

import type { IterationRecord } from '../engine/engine-events.ts';

export const PHASES = ['prefill', 'decode', 'sampling', 'bookkeeping', 'idle'] as const;
export type Phase = (typeof PHASES)[number];

export interface ScheduleFigures {
  /** From the beginning of the first round to the end of the last. */
  readonly spanMs: number;
  /** Parts of the span, 0 to 1. */
  readonly shares: Readonly<Record<Phase, number>>;
  readonly tokensPerSecond: number;
  readonly meanBatch: number;
  /** Of decode steps; null where there was none. */
  readonly stepMs: { readonly p50: number; readonly p99: number } | null;
  readonly preemptions: number;
}

/** The parts of a round in the order in which they are drawn; sampling and bookkeeping come in between in truth. */
export function phasesOf({
  prefills,
  decodeMs,
  sampleMs,
  overheadMs,
}: IterationRecord): Readonly<Record<Phase, number>> {
  const prefillMs = prefills.reduce((sum, { ms }) => sum + ms, 0);
  return { prefill: prefillMs, decode: decodeMs, sampling: sampleMs, bookkeeping: overheadMs, idle: 0 };
}

export function durationMs(record: IterationRecord): number {
  return Object.values(phasesOf(record)).reduce((sum, ms) => sum + ms, 0);
}

/** Null without rounds. */
export function scheduleFigures(rounds: readonly IterationRecord[]): ScheduleFigures | null {
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (first === undefined || last === undefined) return null;
  const spanMs = Math.max(last.startedAtMs + durationMs(last) - first.startedAtMs, Number.MIN_VALUE);
  const sums: Record<Phase, number> = { prefill: 0, decode: 0, sampling: 0, bookkeeping: 0, idle: 0 };
  for (const record of rounds) {
    const phases = phasesOf(record);
    for (const phase of PHASES) sums[phase] += phases[phase];
  }
  sums.idle = Math.max(0, spanMs - PHASES.reduce((sum, phase) => sum + sums[phase], 0));
  const steps = rounds.filter(({ decodeIds }) => decodeIds.length > 0);
  const decoded = steps.reduce((sum, { decodeIds }) => sum + decodeIds.length, 0);
  const times = steps.map((step) => step.decodeMs).sort((a, b) => a - b);
  const rank = (share: number) => times[Math.max(0, Math.ceil(share * times.length) - 1)] ?? 0;
  return {
    spanMs,
    shares: Object.fromEntries(PHASES.map((phase) => [phase, sums[phase] / spanMs])) as Record<Phase, number>,
    tokensPerSecond: (1000 * decoded) / spanMs,
    meanBatch: steps.length === 0 ? 0 : decoded / steps.length,
    stepMs: steps.length === 0 ? null : { p50: rank(0.5), p99: rank(0.99) },
    preemptions: rounds.reduce((sum, { preemptedIds }) => sum + preemptedIds.length, 0),
  };
}
