// A rate over time, piecewise linear, and its inverse: at what time the n-th expected arrival falls. Pure.

export interface RateSegment {
  readonly durationMs: number;
  /** Requests per second at its start and at its end. */
  readonly fromRps: number;
  readonly toRps: number;
}

/** The time at which `count` arrivals are expected since the start, null when the profile ends before. */
export type ArrivalTime = (count: number) => number | null;

export function createArrivalTime(segments: readonly RateSegment[]): ArrivalTime {
  return (count) => {
    let left = count;
    let startMs = 0;
    for (const segment of segments) {
      const expected = ((segment.fromRps + segment.toRps) / 2) * (segment.durationMs / 1000);
      if (left <= expected) return startMs + timeWithin(segment, left);
      left -= expected;
      startMs += segment.durationMs;
    }
    return null;
  };
}

/** Solves fromRps·t + slope·t²/2 = count for t. */
function timeWithin({ durationMs, fromRps, toRps }: RateSegment, count: number): number {
  const slope = Number.isFinite(durationMs) ? (toRps - fromRps) / (durationMs / 1000) : 0;
  if (Math.abs(slope) < 1e-12) return fromRps === 0 ? 0 : (count / fromRps) * 1000;
  const seconds = (2 * count) / (fromRps + Math.sqrt(Math.max(0, fromRps ** 2 + 2 * slope * count)));
  return seconds * 1000;
}

/** All time that the profile covers; infinite for a profile without an end. */
export function profileDurationMs(segments: readonly RateSegment[]): number {
  return segments.reduce((sum, segment) => sum + segment.durationMs, 0);
}
