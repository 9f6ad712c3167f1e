import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBucket,
  formatLocal,
  formatShort,
  formatSpan,
  formatUtc,
  formatZone,
} from './time-format.ts';

// A local time, so that the test holds in every zone.
const AT = new Date(2026, 2, 7, 9, 5, 3).getTime();

describe('time formats', () => {
  it('writes local time in one form and in full', () => {
    expect(formatLocal(AT)).toBe('2026-03-07 09:05:03');
    expect(formatShort(AT, AT)).toBe('Mar 7, 09:05:03');
    expect(formatShort(AT, AT, 'minute')).toBe('Mar 7, 09:05');
  });

  it('names the year of another year', () => {
    expect(formatShort(AT, new Date(2027, 0, 1).getTime())).toBe('Mar 7 2026, 09:05:03');
  });

  it('names the zone of a span, once where both ends share it', () => {
    expect(formatZone(AT, 'Europe/Berlin')).toBe('CET');
    expect(formatZone(AT, 'Asia/Kolkata')).toBe('GMT+5:30');
    expect(formatSpan(AT, AT + 60_000, AT)).toBe(`Mar 7, 09:05 – Mar 7, 09:06 ${formatZone(AT)}`);
  });

  it('keeps the microseconds of a stored time in UTC', () => {
    expect(formatUtc('2026-03-07T09:05:03.123456Z')).toBe('2026-03-07 09:05:03.123456 UTC');
    expect(formatUtc(Date.UTC(2026, 2, 7))).toBe('2026-03-07 00:00:00 UTC');
  });

  it('labels a day bucket by its UTC day in every zone', () => {
    expect(formatBucket(Date.UTC(2026, 2, 7), 'day')).toBe('Mar 7');
  });

  it('tells ages in words', () => {
    expect(formatAge(AT - 500, AT)).toBe('just now');
    expect(formatAge(AT - 90_000, AT)).toBe('1 min ago');
  });
});
