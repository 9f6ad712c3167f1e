// The run's clock: milliseconds since the run's origin on CLOCK_MONOTONIC, the same in every process of one machine.

export interface RunClock {
  /** Milliseconds since the origin; fractional, never jumps. */
  readonly nowMs: () => number;
}

/** The machine's monotonic clock in nanoseconds: what processes exchange to share an origin. */
export function monotonicNs(): bigint {
  return process.hrtime.bigint();
}

/** A clock whose zero is `originNs`, a reading of `monotonicNs` taken in any process of this machine. */
export function createRunClock(originNs: bigint): RunClock {
  const offsetMs = Number(process.hrtime.bigint() - originNs) / 1e6 - performance.now();
  return { nowMs: () => performance.now() + offsetMs };
}
