// Ramp: the rate grows (or falls) evenly from one value to another over the run.
import type { RateSegment } from './rate-profile.ts';

export interface RampOptions {
  readonly fromRps: number;
  readonly toRps: number;
  readonly durationMs: number;
}

export function rampProfile({ fromRps, toRps, durationMs }: RampOptions): RateSegment[] {
  return [{ durationMs, fromRps, toRps }];
}
