// Refuses ranges that need hours or single calls which retention has dropped, instead of summing them short.
import type { Clock } from '@tollgate/service-kit/clock';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { createBinder, inBuckets } from '../reading/sql-parts.ts';
import { MICROS_PER_DAY, MICROS_PER_HOUR, type MicrosRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { cutRange } from './range-parts.ts';

const errRangeNotKept = defineError('TG_RANGE_NOT_KEPT', 422);
const CountRow = z.object({ calls: z.coerce.number() });

export interface RangeGuard {
  /** Throws TG_RANGE_NOT_KEPT when the range needs hours or single calls that are gone. */
  readonly check: (
    range: MicrosRange,
    interval: 'minute' | 'hour' | 'day' | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
}

export interface RangeGuardOptions {
  readonly events: Pick<EventsStore, 'query'>;
  readonly clock: Clock;
  /** Days that single calls are kept. */
  readonly callsDays: number;
  /** Days that hourly sums are kept: as long as calls at least. */
  readonly hourlyRollupsDays: number;
}

export function createRangeGuard({
  events,
  clock,
  callsDays,
  hourlyRollupsDays,
}: RangeGuardOptions): RangeGuard {
  /** Whether a rollup, which is kept longer, knows of calls in the buckets that a range touches. */
  const hadCalls = async (
    table: 'spend_hourly' | 'spend_daily',
    range: MicrosRange,
    signal: AbortSignal,
  ): Promise<boolean> => {
    if (range.from >= range.to) return false;
    const binder = createBinder();
    const touched = widenTo(table === 'spend_daily' ? MICROS_PER_DAY : MICROS_PER_HOUR, range);
    const [row] = await events.query({
      sql: `SELECT sum(calls) AS calls FROM ${table} WHERE ${inBuckets(binder, touched)}`,
      params: binder.params(),
      schema: CountRow,
      signal,
    });
    return row !== undefined && row.calls > 0;
  };

  return {
    check: async (range, interval, signal) => {
      const now = clock.nowMicros();
      const callsFrom = startOfDay(now - callsDays * MICROS_PER_DAY);
      const hoursFrom = startOfMonth(now - hourlyRollupsDays * MICROS_PER_DAY);
      const { hours, calls } = cutRange(range, interval);
      for (const part of [...hours, ...calls]) {
        if (await hadCalls('spend_daily', before(hoursFrom, part), signal)) {
          throw errRangeNotKept(
            `hourly sums are kept for ${hourlyRollupsDays} days; older ranges must be whole days`,
            { hint: 'let `from` and `to` be midnights in UTC, and use `interval=day` or none' },
          );
        }
      }
      for (const part of calls) {
        if (await hadCalls('spend_hourly', before(callsFrom, part), signal)) {
          throw errRangeNotKept(
            `single calls are kept for ${callsDays} days; older ranges must be whole hours`,
            { hint: 'let `from` and `to` be full hours, and use `interval=hour` or `day`' },
          );
        }
      }
    },
  };
}

/** What of the range lies before the time; empty where nothing does. */
function before(time: number, { from, to }: MicrosRange): MicrosRange {
  return { from, to: Math.min(to, time) };
}

function widenTo(unit: number, { from, to }: MicrosRange): MicrosRange {
  return { from: Math.floor(from / unit) * unit, to: Math.ceil(to / unit) * unit };
}

/** Calls are dropped by the day (UTC), once all of it is too old. */
function startOfDay(micros: number): number {
  return Math.floor(micros / MICROS_PER_DAY) * MICROS_PER_DAY;
}

/** Hourly sums are dropped by the month (UTC), once all of it is too old. */
function startOfMonth(micros: number): number {
  const date = new Date(micros / 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) * 1000;
}
