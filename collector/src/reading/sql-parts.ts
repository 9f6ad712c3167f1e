// Pieces of SQL that every question shares: bound ranges and filters. Values are bound by the server, never pasted.
import { sqlTimeAt } from '../storage/sql-time.ts';
import type { MicrosRange } from './time-range.ts';

export interface BoundSql {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Collects bound values and names them. */
export interface Binder {
  readonly bind: (type: string, value: unknown) => string;
  readonly params: () => Readonly<Record<string, unknown>>;
}

export function createBinder(): Binder {
  const params: Record<string, unknown> = {};
  let count = 0;
  return {
    bind: (type, value) => {
      const name = `p${count++}`;
      params[name] = value;
      return `{${name}:${type}}`;
    },
    params: () => params,
  };
}

/** `column >= from AND column < to` for a DateTime64(6) column. */
export function inRange(binder: Binder, column: string, range: MicrosRange): string {
  const from = `toDateTime64(${binder.bind('String', sqlTimeAt(range.from))}, 6, 'UTC')`;
  const to = `toDateTime64(${binder.bind('String', sqlTimeAt(range.to))}, 6, 'UTC')`;
  return `${column} >= ${from} AND ${column} < ${to}`;
}

/** The same for a rollup's DateTime bucket; the range's ends are whole hours. */
export function inBuckets(binder: Binder, range: MicrosRange): string {
  const from = `toDateTime(${binder.bind('UInt32', range.from / 1_000_000)}, 'UTC')`;
  const to = `toDateTime(${binder.bind('UInt32', range.to / 1_000_000)}, 'UTC')`;
  return `bucket >= ${from} AND bucket < ${to}`;
}

/** ` AND column = value` for each filter that was given. */
export function equalTo(binder: Binder, filters: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(filters)
    .flatMap(([column, value]) =>
      value === undefined ? [] : [` AND ${column} = ${binder.bind('String', value)}`],
    )
    .join('');
}

/** How a bucket is computed from a time expression. */
export function bucketOf(interval: 'minute' | 'hour' | 'day', time: string): string {
  const start = { minute: 'toStartOfMinute', hour: 'toStartOfHour', day: 'toStartOfDay' }[interval];
  return `${start}(toDateTime(${time}, 'UTC'))`;
}
