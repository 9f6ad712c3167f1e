// Time as a dependency: wall clock in microseconds and a monotonic clock in milliseconds, so tests can set both.

export interface Clock {
  /** Microseconds since the Unix epoch, UTC. Goes back where the system's clock is set back. */
  readonly nowMicros: () => number;
  /** Milliseconds on a clock that never jumps. Only differences mean anything. */
  readonly monotonicMs: () => number;
}

export interface ClockSources {
  /** The system's clock in whole milliseconds, as `Date.now` tells it. */
  readonly wallMs: () => number;
  /** Milliseconds with fractions, as `performance.now` tells them. */
  readonly monotonicMs: () => number;
}

/** The monotonic clock stands still while a machine sleeps, and follows no setting of the clock: so much is forgiven. */
const MAX_DRIFT_MS = 50;

/** Wall time by the monotonic clock, which has microseconds, set anew whenever it has left the system's clock. */
export function createClock({ wallMs, monotonicMs }: ClockSources): Clock {
  let originMs = wallMs() - monotonicMs();
  return {
    nowMicros: () => {
      const wall = wallMs();
      const monotonic = monotonicMs();
      if (Math.abs(originMs + monotonic - wall) > MAX_DRIFT_MS) originMs = wall - monotonic;
      return Math.round((originMs + monotonic) * 1000);
    },
    monotonicMs,
  };
}

export const systemClock: Clock = createClock({ wallMs: Date.now, monotonicMs: () => performance.now() });
