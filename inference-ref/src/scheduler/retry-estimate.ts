// How long a refused client should wait: the requests ahead of it by the rate at which requests have been ending.

export interface RetryEstimate {
  ended(nowMs: number): void;
  /** Whole seconds, 1 to 60. */
  seconds(waiting: number): number;
}

const SMOOTHING = 0.1;
const LONGEST_SECONDS = 60;
/** A longer pause was idleness, not service. */
const LONGEST_INTERVAL_MS = 10_000;

export function createRetryEstimate(): RetryEstimate {
  let intervalMs: number | null = null;
  let lastMs: number | null = null;
  return {
    ended(nowMs) {
      const interval = lastMs === null ? null : nowMs - lastMs;
      lastMs = nowMs;
      if (interval === null || interval > LONGEST_INTERVAL_MS) return;
      intervalMs = intervalMs === null ? interval : intervalMs + SMOOTHING * (interval - intervalMs);
    },
    seconds: (waiting) =>
      Math.min(LONGEST_SECONDS, Math.max(1, Math.ceil((waiting * (intervalMs ?? 0)) / 1000))),
  };
}
