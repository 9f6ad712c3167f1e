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
  const offsetMs = (clockOriginNs() - Number(originNs)) / 1e6;
  return { nowMs: () => performance.now() + offsetMs };
}

const READINGS = 20;

/**
 * The monotonic clock in nanoseconds when `performance.now()` was 0. Of several readings the one between the closest two
 * counts: a process that is put aside between two clocks would else be wrong by as much, for good.
 */
export function clockOriginNs(): number {
  let closest = Number.POSITIVE_INFINITY;
  let originNs = 0;
  for (let reading = 0; reading < READINGS; reading += 1) {
    const before = process.hrtime.bigint();
    const nowMs = performance.now();
    const spent = Number(process.hrtime.bigint() - before);
    if (spent >= closest) continue;
    closest = spent;
    originNs = Number(before) + spent / 2 - nowMs * 1e6;
  }
  return originNs;
}
