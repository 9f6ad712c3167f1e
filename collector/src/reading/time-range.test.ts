import { formatTimestamp } from '@tollgate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microsOf, readRange } from './time-range.ts';

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
});
