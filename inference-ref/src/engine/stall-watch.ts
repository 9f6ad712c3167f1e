// Decides when a thread has been silent for too long. It counts the silence in looks of its own, so that a process that
// was itself stopped (suspended, held by a debugger, a blocked event loop) accuses nobody. It knows no thread.

import type { IterationRecord } from './engine-events.ts';

export interface StallWatch {
  /** A thread was started; what was learned of the model's rounds stays. */
  begin(): void;
  /** The thread reported something. */
  heard(record: IterationRecord | null): void;
  /** How long it may compute in one piece that feeds so many tokens at most. */
  patienceMs(pieceTokens: number): number;
  /** To be called every LOOK_MS or less; true once it was silent for longer than the limit. Null: it has nothing to do. */
  look(limitMs: number | null): boolean;
}

export interface StallWatchOptions {
  /** Silence that is allowed to any model; 0 allows every silence. */
  readonly stallMs: number;
  readonly nowMs: () => number;
}

export const LOOK_MS = 1_000;
/** A round may take so many times what has been seen. */
const LENIENCY = 3;
/** One round that the machine slept through must not make the watch blind. */
const MOST_TIMES_THE_SETTING = 10;

export function createStallWatch({ stallMs, nowMs }: StallWatchOptions): StallWatch {
  let silentMs = 0;
  let lookedAtMs = nowMs();
  let longestRoundMs = 0;
  /** The best: tokens fed alone take longer each than tokens of a chunk, so none is a promise for a chunk but this. */
  let msPerToken = Number.POSITIVE_INFINITY;
  return {
    begin() {
      silentMs = 0;
    },
    heard(record) {
      silentMs = 0;
      if (record === null) return;
      const { prefills, decodeMs, sampleMs, overheadMs } = record;
      let roundMs = decodeMs + sampleMs + overheadMs;
      for (const { tokens, ms } of prefills) {
        roundMs += ms;
        msPerToken = Math.min(msPerToken, ms / tokens);
      }
      longestRoundMs = Math.max(longestRoundMs, roundMs);
    },
    patienceMs(pieceTokens) {
      if (stallMs === 0) return Number.POSITIVE_INFINITY;
      const pieceMs = msPerToken === Number.POSITIVE_INFINITY ? 0 : msPerToken * pieceTokens;
      const raised = LENIENCY * Math.max(longestRoundMs, pieceMs);
      return Math.max(stallMs, Math.min(raised, MOST_TIMES_THE_SETTING * stallMs));
    },
    look(limitMs) {
      const now = nowMs();
      const passedMs = Math.min(now - lookedAtMs, 2 * LOOK_MS);
      lookedAtMs = now;
      silentMs = limitMs === null ? 0 : silentMs + passedMs;
      return limitMs !== null && silentMs > limitMs;
    },
  };
}
