// How a range is cut so that rollups answer whole hours and days, and calls the rest.
import { errRangeInvalid, MICROS_PER_DAY, MICROS_PER_HOUR, type MicrosRange } from '../reading/time-range.ts';

const MAX_MINUTE_RANGE_MICROS = 6 * MICROS_PER_HOUR;

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
