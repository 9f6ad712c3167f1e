// A question's time range in microseconds, and how it is cut so that rollups answer whole hours and days and calls the rest.
import { defineError } from '@tollgate/service-kit/tollgate-error';

const errRangeInvalid = defineError('TG_RANGE_INVALID', 400);

export const MICROS_PER_HOUR = 3_600_000_000;
/** What every time column holds, far beyond what is ever stored. */
export const LATEST_MICROS = Date.UTC(2100, 0, 1) * 1000;
const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;
const MAX_MINUTE_RANGE_MICROS = 6 * MICROS_PER_HOUR;

/** `from` inclusive, `to` exclusive, microseconds since the Unix epoch. */
export interface MicrosRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads RFC 3339 with any offset and up to six fraction digits. What lies outside 1970 to 2100 is cut off, since nothing
 * is stored there. Throws TG_RANGE_INVALID when `to` is not after `from`.
 */
export function readRange(query: { readonly from: string; readonly to: string }): MicrosRange {
  const range = { from: microsOf(query.from), to: microsOf(query.to) };
  if (range.to <= range.from) {
    throw errRangeInvalid('`to` must be later than `from`', { hint: '`from` is inclusive, `to` exclusive' });
  }
  return { from: clamp(range.from), to: clamp(range.to) };
}

function clamp(micros: number): number {
  return Math.min(Math.max(micros, 0), LATEST_MICROS);
}

export function microsOf(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  const wholeSeconds = Date.parse(time.replace(/\.\d+/, ''));
  return wholeSeconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

export interface RangeParts {
  /** Read from the daily rollup. */
  readonly days: readonly MicrosRange[];
  /** Read from the hourly rollup. */
  readonly hours: readonly MicrosRange[];
  /** Read from the calls: what no whole hour covers. */
  readonly calls: readonly MicrosRange[];
}

/** Cuts a range into disjoint parts that cover it. `hour` buckets cannot use the daily rollup, `minute` uses none. */
export function cutRange(range: MicrosRange, interval: 'minute' | 'hour' | 'day' | undefined): RangeParts {
  if (interval === 'minute') {
    if (range.to - range.from > MAX_MINUTE_RANGE_MICROS) {
      throw errRangeInvalid('`interval=minute` reaches over six hours at most', {
        hint: 'ask for a shorter range, or for `interval=hour`',
      });
    }
    return { days: [], hours: [], calls: [range] };
  }
  const [hours, calls] = cutAt(range, MICROS_PER_HOUR);
  if (hours === undefined) return { days: [], hours: [], calls };
  if (interval === 'hour') return { days: [], hours: [hours], calls };
  const [days, restHours] = cutAt(hours, MICROS_PER_DAY);
  return { days: days === undefined ? [] : [days], hours: restHours, calls };
}

/** The whole units inside a range, and what is left of it on both sides. */
function cutAt(range: MicrosRange, unit: number): [MicrosRange | undefined, MicrosRange[]] {
  const from = Math.ceil(range.from / unit) * unit;
  const to = Math.floor(range.to / unit) * unit;
  if (from >= to) return [undefined, [range]];
  const rest = [
    { from: range.from, to: from },
    { from: to, to: range.to },
  ].filter((part) => part.from < part.to);
  return [{ from, to }, rest];
}
