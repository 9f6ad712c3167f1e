// Guards ranges whose odd minutes would be read from calls that retention has dropped: refuses instead of undercounting.
import type { Clock } from '@tollgate/service-kit/clock';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { createBinder, inBuckets } from '../reading/sql-parts.ts';
import { MICROS_PER_HOUR, type MicrosRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { cutRange } from './range-parts.ts';

const errRangeNotKept = defineError('TG_RANGE_NOT_KEPT', 422);
const CountRow = z.object({ calls: z.coerce.number() });

export interface RawEdges {
  /** Throws TG_RANGE_NOT_KEPT when the range needs single calls that are gone. */
  readonly check: (
    range: MicrosRange,
    interval: 'minute' | 'hour' | 'day' | undefined,
    signal: AbortSignal,
  ) => Promise<void>;
}

export function createRawEdges(deps: {
  readonly events: EventsStore;
  readonly clock: Clock;
  readonly callsDays: number;
}): RawEdges {
  return {
    check: async (range, interval, signal) => {
      const midnight = Math.floor(deps.clock.nowMicros() / (24 * MICROS_PER_HOUR)) * 24 * MICROS_PER_HOUR;
      const keptFrom = midnight - deps.callsDays * 24 * MICROS_PER_HOUR;
      for (const part of cutRange(range, interval).calls) {
        if (part.from >= keptFrom) continue;
        const binder = createBinder();
        const hours = {
          from: Math.floor(part.from / MICROS_PER_HOUR) * MICROS_PER_HOUR,
          to: Math.ceil(Math.min(part.to, keptFrom) / MICROS_PER_HOUR) * MICROS_PER_HOUR,
        };
        const [row] = await deps.events.query({
          sql: `SELECT sum(calls) AS calls FROM spend_hourly WHERE ${inBuckets(binder, hours)}`,
          params: binder.params(),
          schema: CountRow,
          signal,
        });
        if (row === undefined || row.calls === 0) continue;
        throw errRangeNotKept(
          `single calls are kept for ${deps.callsDays} days; older ranges must be whole hours`,
          {
            hint: 'let `from` and `to` be full hours, and use `interval=hour` or `day`',
          },
        );
      }
    },
  };
}
