// Steps: the rate climbs from the first value to the last in equal jumps, each held for the same time.
import type { RateSegment } from './rate-profile.ts';

export interface StepOptions {
  readonly fromRps: number;
  readonly toRps: number;
  readonly steps: number;
  readonly durationMs: number;
}

export function stepProfile({ fromRps, toRps, steps, durationMs }: StepOptions): RateSegment[] {
  return Array.from({ length: steps }, (_, index) => {
    const rps = steps === 1 ? toRps : fromRps + ((toRps - fromRps) * index) / (steps - 1);
    return { durationMs: durationMs / steps, fromRps: rps, toRps: rps };
  });
}
