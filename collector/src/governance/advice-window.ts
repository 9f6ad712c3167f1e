// The time range that advice is computed over, what was spent in it, and how far its evidence carries.
import { formatTimestamp, type Recommendation } from '@tollgate/contract';
import { MICROS_PER_DAY, type MicrosRange } from '../reading/time-range.ts';

export interface AdviceWindow {
  readonly range: MicrosRange;
  readonly spendPicoUsd: bigint;
  /** Passed on to every question, so that a client that leaves ends them. */
  readonly query: { readonly signal?: AbortSignal };
}

const FULL_EVIDENCE_DAYS = 14;
const FULL_EVIDENCE_CALLS = 200;
const SOME_EVIDENCE_CALLS = 50;

/** The range as evidence shows it. */
export function windowOf({ range }: AdviceWindow): { from: string; to: string } {
  return { from: formatTimestamp(range.from), to: formatTimestamp(range.to) };
}

/** Share of the range's spend, 0 to 1. */
export function savingRatio(saving: bigint, spend: bigint): number {
  return spend === 0n ? 0 : Number((saving * 1_000_000n) / spend) / 1_000_000;
}

/** High needs two weeks and 200 calls; a short window or few calls say so instead of pretending. */
export function confidenceOf({ range }: AdviceWindow, calls: number): Recommendation['confidence'] {
  const days = (range.to - range.from) / MICROS_PER_DAY;
  if (days >= FULL_EVIDENCE_DAYS && calls >= FULL_EVIDENCE_CALLS) return 'high';
  return calls >= SOME_EVIDENCE_CALLS ? 'medium' : 'low';
}
