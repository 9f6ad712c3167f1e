import { describe, expect, it } from 'vitest';
import {
  bucketStarts,
  chooseInterval,
  precedingRange,
  type RangeSearch,
  rangeParameters,
  resolveRange,
  type TimeSpan,
} from './time-range.ts';

const NOW = Date.parse('2026-03-17T10:25:30Z');
const iso = ({ fromMs, toMs }: TimeSpan) => [
  new Date(fromMs).toISOString().slice(0, 16),
  new Date(toMs).toISOString().slice(0, 16),
];
const preset = (range: RangeSearch['range']): RangeSearch => ({ range, from: undefined, to: undefined });

describe('resolveRange', () => {
  const check = (range: RangeSearch['range'], from: string, to: string) =>
    it(`${range} runs from ${from} to ${to}`, () =>
      expect(iso(resolveRange(preset(range), NOW))).toEqual([from, to]));
  check('1h', '2026-03-17T09:26', '2026-03-17T10:25');
  check('24h', '2026-03-16T11:00', '2026-03-17T10:25');
  check('7d', '2026-03-11T00:00', '2026-03-17T10:25');
  check('30d', '2026-02-16T00:00', '2026-03-17T10:25');
  check('this-month', '2026-03-01T00:00', '2026-03-17T10:25');
  check('last-month', '2026-02-01T00:00', '2026-03-01T00:00');

  it('takes custom bounds as given and turns reversed ones round', () => {
    const bounds = { range: 'custom', from: '2026-03-02T00:00:00Z', to: '2026-03-05T12:00:00Z' } as const;
    expect(iso(resolveRange(bounds, NOW))).toEqual(['2026-03-02T00:00', '2026-03-05T12:00']);
    const reversed = resolveRange({ ...bounds, from: bounds.to, to: bounds.from }, NOW);
    expect(reversed.fromMs).toBeLessThan(reversed.toMs);
  });

  it('crosses the turn of the year', () => {
    const january = Date.parse('2026-01-09T00:00:00Z');
    expect(iso(resolveRange(preset('last-month'), january))).toEqual([
      '2025-12-01T00:00',
      '2026-01-01T00:00',
    ]);
  });
});

describe('rangeParameters', () => {
  it('asks a little beyond now for moving ranges only', () => {
    expect(rangeParameters(preset('24h'), NOW).to).toBe('2026-03-17T10:30:30.000Z');
    expect(rangeParameters(preset('last-month'), NOW).to).toBe('2026-03-01T00:00:00.000Z');
  });
});

describe('precedingRange', () => {
  it('is as long as the range and ends where it starts', () => {
    expect(iso(precedingRange(preset('7d'), NOW))).toEqual(['2026-03-04T13:34', '2026-03-11T00:00']);
  });

  it('compares a month begun with the same part of the month before', () => {
    expect(iso(precedingRange(preset('this-month'), NOW))).toEqual(['2026-02-01T00:00', '2026-02-17T10:25']);
  });

  it('never runs into the month begun when the month before was shorter', () => {
    const late = Date.parse('2026-03-31T12:00:00Z');
    expect(iso(precedingRange(preset('this-month'), late))[1]).toBe('2026-03-01T00:00');
  });

  it('compares a day begun with no more than what of it has gone by', () => {
    const today = { range: 'custom', from: '2026-03-17T00:00:00Z', to: '2026-03-18T00:00:00Z' } as const;
    expect(iso(precedingRange(today, NOW))).toEqual(['2026-03-16T13:34', '2026-03-17T00:00']);
    const ahead = { ...today, from: '2026-03-18T00:00:00Z', to: '2026-03-19T00:00:00Z' };
    expect(iso(precedingRange(ahead, NOW))).toEqual(['2026-03-17T00:00', '2026-03-18T00:00']);
  });

  it('compares last month with the whole month before it', () => {
    expect(iso(precedingRange(preset('last-month'), NOW))).toEqual(['2026-01-01T00:00', '2026-02-01T00:00']);
  });
});

describe('chooseInterval', () => {
  it('follows the length of the range and refuses what would be unreadable', () => {
    expect(chooseInterval(resolveRange(preset('1h'), NOW), undefined)).toBe('minute');
    expect(chooseInterval(resolveRange(preset('24h'), NOW), undefined)).toBe('hour');
    expect(chooseInterval(resolveRange(preset('7d'), NOW), undefined)).toBe('day');
    expect(chooseInterval(resolveRange(preset('7d'), NOW), 'hour')).toBe('hour');
    expect(chooseInterval(resolveRange(preset('30d'), NOW), 'hour')).toBe('day');
  });
});

describe('bucketStarts', () => {
  it('covers the range without a gap', () => {
    expect(bucketStarts(resolveRange(preset('24h'), NOW), 'hour')).toHaveLength(24);
    expect(bucketStarts(resolveRange(preset('30d'), NOW), 'day')).toHaveLength(30);
    expect(bucketStarts(resolveRange(preset('1h'), NOW), 'minute')).toHaveLength(60);
  });
});
