// The time range that advice is computed over, what was spent in it, and how far its evidence carries.
import type { Recommendation } from '@tollgate/contract';

export interface AdviceWindow {
  readonly from: string;
  readonly to: string;
  readonly spendPicoUsd: bigint;
  /** Passed on to every question, so that a client that leaves ends them. */
  readonly query: { readonly signal?: AbortSignal };
}

const FULL_EVIDENCE_DAYS = 14;
const FULL_EVIDENCE_CALLS = 200;
const SOME_EVIDENCE_CALLS = 50;
const DAY_MS = 86_400_000;

export function windowParams({ from, to }: AdviceWindow): Record<string, string> {
  return { from, to };
}

/** Share of the range's spend, 0 to 1. */
export function savingRatio(saving: bigint, spend: bigint): number {
  return spend === 0n ? 0 : Number((saving * 1_000_000n) / spend) / 1_000_000;
}

/** High needs two weeks and 200 calls; a short window or few calls say so instead of pretending. */
export function confidenceOf({ from, to }: AdviceWindow, calls: number): Recommendation['confidence'] {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (days >= FULL_EVIDENCE_DAYS && calls >= FULL_EVIDENCE_CALLS) return 'high';
  return calls >= SOME_EVIDENCE_CALLS ? 'medium' : 'low';
}
