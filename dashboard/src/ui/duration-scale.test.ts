import { describe, expect, it } from 'vitest';
import { durationScale } from './duration-scale.ts';

const MINUTE_MS = 60_000;

describe('durationScale', () => {
  const check = (largestMin: number, stepMin: number, endMin: number) =>
    it(`goes up to ${endMin} min by ${stepMin} for ${largestMin}`, () =>
      expect(durationScale(largestMin * MINUTE_MS)).toEqual({
        interval: stepMin * MINUTE_MS,
        max: endMin * MINUTE_MS,
      }));
  check(2, 0.5, 2);
  check(9, 2, 10);
  check(133.33, 30, 150);
  check(400, 120, 480);

  it('leaves seconds, and weeks, to the chart', () => {
    expect(durationScale(119_999)).toEqual({});
    expect(durationScale(100_000 * MINUTE_MS)).toEqual({});
  });
});
