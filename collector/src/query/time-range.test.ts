import { formatTimestamp } from '@tollgate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountOf } from './completeness.ts';
import { cutRange, MICROS_PER_HOUR, type MicrosRange, microsOf, readRange } from './time-range.ts';

const length = (parts: readonly MicrosRange[]): number =>
  parts.reduce((sum, part) => sum + part.to - part.from, 0);
const micros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

describe('a time range', () => {
  it.each([
    ['2026-01-31T12:00:00.123456Z', 1_769_860_800_123_456],
    ['2026-01-31T14:00:00.1+02:00', 1_769_860_800_100_000],
    ['2026-01-31T12:00:00Z', 1_769_860_800_000_000],
  ])('reads %s to the microsecond', (text, expected) => {
    expect(microsOf(text)).toBe(expected);
  });

  it('reads back every time it writes', () => {
    fc.assert(fc.property(micros, (time) => microsOf(formatTimestamp(time)) === time));
  });

  it('ends where nothing can be stored: before 1970 and after 2100', () => {
    expect(readRange({ from: '0001-01-01T00:00:00Z', to: '9999-12-31T23:59:59Z' })).toEqual({
      from: 0,
      to: Date.UTC(2100, 0, 1) * 1000,
    });
  });

  it('is refused when it is empty', () => {
    const time = '2026-01-31T12:00:00Z';
    expect(() => readRange({ from: time, to: time })).toThrow(/later/);
  });

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

describe('the account of a boot', () => {
  it.each([
    [
      'all stored',
      { seen: 10, stored: 10, dropped: 0, reportedSpooled: 0 },
      { spooled: 0, dropped: 0, missing: 0 },
    ],
    [
      'an old report of spooled calls that are stored by now',
      { seen: 10, stored: 10, dropped: 0, reportedSpooled: 10 },
      { spooled: 0, dropped: 0, missing: 0 },
    ],
    [
      'some still spooled',
      { seen: 10, stored: 6, dropped: 0, reportedSpooled: 9 },
      { spooled: 4, dropped: 0, missing: 0 },
    ],
    [
      'some dropped, some spooled, one missing',
      { seen: 10, stored: 5, dropped: 2, reportedSpooled: 2 },
      { spooled: 2, dropped: 2, missing: 1 },
    ],
    [
      'a sidecar that died with calls in memory',
      { seen: 10, stored: 7, dropped: 0, reportedSpooled: 0 },
      { spooled: 0, dropped: 0, missing: 3 },
    ],
  ])('adds up with %s', (_, counts, expected) => {
    const account = accountOf(counts);
    expect(account).toMatchObject(expected);
    expect(account.stored + account.spooled + account.dropped + account.missing).toBe(account.seen);
  });
});
