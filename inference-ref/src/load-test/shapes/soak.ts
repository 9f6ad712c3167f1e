// Soak: a short ramp to one rate that is then held for the rest of a long run, so that leaks and drift show.
import type { RateSegment } from './rate-profile.ts';

export interface SoakOptions {
  readonly rateRps: number;
  readonly durationMs: number;
}

export function soakProfile({ rateRps, durationMs }: SoakOptions): RateSegment[] {
  const rampMs = Math.min(30_000, durationMs / 10);
  return [
    { durationMs: rampMs, fromRps: 0, toRps: rateRps },
    { durationMs: durationMs - rampMs, fromRps: rateRps, toRps: rateRps },
  ];
}
