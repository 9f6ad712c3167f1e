// What a range of time means: presets, the period before it, and the buckets of a chart. Days and months are UTC, as in the ledger.
import type { Interval } from '@tollgate/contract';
import { z } from 'zod';

export const RANGE_PRESETS = ['1h', '24h', '7d', '30d', 'this-month', 'last-month', 'custom'] as const;
export type RangePreset = (typeof RANGE_PRESETS)[number];

export const RANGE_LABELS: Record<RangePreset, string> = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  'this-month': 'This month',
  'last-month': 'Last month',
  custom: 'Custom',
};

/** The part of every page's address that says which time is looked at. */
export const rangeSearchShape = {
  range: z.enum(RANGE_PRESETS).default('24h').catch('24h'),
  from: z.iso.datetime({ offset: true }).optional().catch(undefined),
  to: z.iso.datetime({ offset: true }).optional().catch(undefined),
} as const;
const RangeSearch = z.object(rangeSearchShape);
export type RangeSearch = z.infer<typeof RangeSearch>;

export interface TimeSpan {
  /** Inclusive, epoch milliseconds. */
  fromMs: number;
  /** Exclusive, epoch milliseconds. */
  toMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const INTERVAL_MS: Record<Interval, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };
/** Asked for beyond now, so that a browser whose clock is behind still sees the newest calls. */
const CLOCK_SKEW_ALLOWANCE_MS = 5 * MINUTE_MS;

/** Presets start on a whole bucket, so that the first bar is never a stump; they end now. */
export function resolveRange(search: RangeSearch, nowMs: number): TimeSpan {
  const today = floorTo(nowMs, DAY_MS);
  switch (search.range) {
    case '1h':
      return { fromMs: floorTo(nowMs, MINUTE_MS) - 59 * MINUTE_MS, toMs: nowMs };
    case '24h':
      return { fromMs: floorTo(nowMs, HOUR_MS) - 23 * HOUR_MS, toMs: nowMs };
    case '7d':
      return { fromMs: today - 6 * DAY_MS, toMs: nowMs };
    case '30d':
      return { fromMs: today - 29 * DAY_MS, toMs: nowMs };
    case 'this-month':
      return { fromMs: monthStart(nowMs, 0), toMs: nowMs };
    case 'last-month':
      return { fromMs: monthStart(nowMs, -1), toMs: monthStart(nowMs, 0) };
    case 'custom':
      return customRange(search, nowMs);
  }
}

function customRange(search: RangeSearch, nowMs: number): TimeSpan {
  const toMs = search.to === undefined ? nowMs : Date.parse(search.to);
  const fromMs = search.from === undefined ? toMs - DAY_MS : Date.parse(search.from);
  return fromMs < toMs ? { fromMs, toMs } : { fromMs: toMs, toMs: fromMs + MINUTE_MS };
}

/** Does the range move with the clock? */
function isMoving(search: RangeSearch): boolean {
  return search.range !== 'last-month' && (search.range !== 'custom' || search.to === undefined);
}

/** The range as the API wants it. */
export function rangeParameters(search: RangeSearch, nowMs: number): { from: string; to: string } {
  const { fromMs, toMs } = resolveRange(search, nowMs);
  const askedTo = isMoving(search) ? toMs + CLOCK_SKEW_ALLOWANCE_MS : toMs;
  return spanParameters({ fromMs, toMs: askedTo });
}

export function spanParameters(span: TimeSpan): { from: string; to: string } {
  return { from: new Date(span.fromMs).toISOString(), to: new Date(span.toMs).toISOString() };
}

/** The period to compare with: as much of the month before for months, else the same length right before. */
export function precedingRange(search: RangeSearch, nowMs: number): TimeSpan {
  const { fromMs, toMs } = resolveRange(search, nowMs);
  const lengthMs = toMs - fromMs;
  if (search.range === 'last-month') return { fromMs: monthStart(fromMs, -1), toMs: fromMs };
  if (search.range === 'this-month') {
    const before = monthStart(fromMs, -1);
    return { fromMs: before, toMs: Math.min(before + lengthMs, fromMs) };
  }
  // A span that reaches into the future has come as far as now: it compares with no more than that.
  const passedMs = fromMs < nowMs ? Math.min(toMs, nowMs) - fromMs : lengthMs;
  return { fromMs: fromMs - passedMs, toMs: fromMs };
}

export const PRECEDING_LABELS: Record<RangePreset, string> = {
  '1h': 'prior hour',
  '24h': 'prior 24 h',
  '7d': 'prior 7 days',
  '30d': 'prior 30 days',
  'this-month': 'last month',
  'last-month': 'month before',
  custom: 'same length before',
};

/** Bucket sizes that give a readable chart of the range, finest first. */
export function intervalsFor({ fromMs, toMs }: TimeSpan): Interval[] {
  const lengthMs = toMs - fromMs;
  const fits: Interval[] = [];
  if (lengthMs <= 2 * HOUR_MS) fits.push('minute');
  if (lengthMs > HOUR_MS && lengthMs <= 14 * DAY_MS) fits.push('hour');
  if (lengthMs > 2 * DAY_MS) fits.push('day');
  return fits;
}

/** The asked interval when it suits the range, else the one that suits best. */
export function chooseInterval(span: TimeSpan, asked: Interval | undefined): Interval {
  const fits = intervalsFor(span);
  if (asked !== undefined && fits.includes(asked)) return asked;
  if (span.toMs - span.fromMs > 3 * DAY_MS) return 'day';
  return fits[0] ?? 'hour';
}

/** The start of every bucket the range touches, epoch milliseconds. */
export function bucketStarts({ fromMs, toMs }: TimeSpan, interval: Interval): number[] {
  const step = INTERVAL_MS[interval];
  const starts: number[] = [];
  for (let at = floorTo(fromMs, step); at < toMs; at += step) starts.push(at);
  return starts;
}

function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step;
}

function monthStart(ms: number, offset: number): number {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
}
