// Spike: a base rate, a sudden burst at several times of it in the middle third, and the base rate again.
import type { RateSegment } from './rate-profile.ts';

export interface SpikeOptions {
  readonly baseRps: number;
  readonly peakRps: number;
  readonly durationMs: number;
}

export function spikeProfile({ baseRps, peakRps, durationMs }: SpikeOptions): RateSegment[] {
  const third = durationMs / 3;
  return [
    { durationMs: third, fromRps: baseRps, toRps: baseRps },
    { durationMs: third, fromRps: peakRps, toRps: peakRps },
    { durationMs: third, fromRps: baseRps, toRps: baseRps },
  ];
}
