// The three ways to form a batch. A policy says whether the next waiting request may join now; rows and cache memory are
// checked elsewhere.

export const schedulers = ['continuous', 'dynamic', 'sequential'] as const;
export type SchedulerName = (typeof schedulers)[number];

export interface BatchState {
  readonly nowMs: number;
  readonly live: number;
  readonly waiting: number;
  readonly oldestArrivalMs: number | undefined;
}

export interface BatchPolicy {
  /** The most sequences that run at once. */
  readonly maxRows: number;
  mayAdmit(state: BatchState): boolean;
  /** Milliseconds after which `mayAdmit` could turn true by time alone; undefined where only events change it. */
  waitMs(state: BatchState): number | undefined;
}

export interface BatchPolicyOptions {
  readonly scheduler: SchedulerName;
  readonly maxBatch: number;
  /** Dynamic only: how long the first request of a batch waits for others. */
  readonly maxWaitMs: number;
}

export function createBatchPolicy({ scheduler, maxBatch, maxWaitMs }: BatchPolicyOptions): BatchPolicy {
  if (scheduler === 'continuous') {
    return { maxRows: maxBatch, mayAdmit: () => true, waitMs: () => undefined };
  }
  if (scheduler === 'sequential') {
    return { maxRows: 1, mayAdmit: (state) => state.live === 0, waitMs: () => undefined };
  }
  return createWindowPolicy(maxBatch, maxWaitMs);
}

/** Closes a batch when it is full or its first request has waited long enough; the next waits until the last one ends. */
function createWindowPolicy(maxBatch: number, maxWaitMs: number): BatchPolicy {
  let places = 0;
  const waited = ({ nowMs, oldestArrivalMs = nowMs }: BatchState) => nowMs - oldestArrivalMs;
  return {
    maxRows: maxBatch,
    mayAdmit(state) {
      if (state.live === 0) places = 0;
      const closes = state.waiting >= maxBatch || waited(state) >= maxWaitMs;
      if (state.live === 0 && state.waiting > 0 && closes) places = Math.min(maxBatch, state.waiting);
      if (places === 0) return false;
      places -= 1;
      return true;
    },
    waitMs: (state) =>
      state.live === 0 && state.waiting > 0 ? Math.max(0, maxWaitMs - waited(state)) : undefined,
  };
}
