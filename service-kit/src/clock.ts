// Time as a dependency: wall clock in microseconds and a monotonic clock in milliseconds, so tests can set both.

export interface Clock {
  /** Microseconds since the Unix epoch, UTC. */
  readonly nowMicros: () => number;
  /** Milliseconds on a clock that never jumps. Only differences mean anything. */
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = {
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};
