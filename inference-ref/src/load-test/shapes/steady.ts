// One rate without an end: the run's own limits end it.
import type { RateSegment } from './rate-profile.ts';

export function steadyProfile(rateRps: number): RateSegment[] {
  return [{ durationMs: Number.POSITIVE_INFINITY, fromRps: rateRps, toRps: rateRps }];
}
