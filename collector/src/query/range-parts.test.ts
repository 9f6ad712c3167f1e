import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MICROS_PER_HOUR, type MicrosRange } from '../reading/time-range.ts';
import { cutRange } from './range-parts.ts';

const length = (parts: readonly MicrosRange[]): number =>
  parts.reduce((sum, part) => sum + part.to - part.from, 0);
const micros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

describe('a time range', () => {
  it.each(['hour', 'day', undefined] as const)(
    'is cut into disjoint parts that cover it (%s)',
    (interval) => {
      fc.assert(
        fc.property(micros, fc.integer({ min: 1, max: 90 * 24 * MICROS_PER_HOUR }), (from, span) => {
          const range = { from, to: from + span };
          const { days, hours, calls } = cutRange(range, interval);
          const parts = [...days, ...hours, ...calls].sort((a, b) => a.from - b.from);
          expect(length(parts)).toBe(span);
          expect(parts[0]?.from).toBe(range.from);
          expect(parts.slice(1).map((part) => part.from)).toEqual(parts.slice(0, -1).map((part) => part.to));
          for (const part of [...days, ...hours])
            expect([part.from % MICROS_PER_HOUR, part.to % MICROS_PER_HOUR]).toEqual([0, 0]);
          for (const part of days) expect(part.from % (24 * MICROS_PER_HOUR)).toBe(0);
          expect(length(calls)).toBeLessThan(2 * MICROS_PER_HOUR);
          if (interval === 'hour') expect(days).toEqual([]);
        }),
      );
    },
  );
});
