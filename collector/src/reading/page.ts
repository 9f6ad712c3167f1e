// A page of a list, the newest entry first: how it is asked for in SQL, and the cursor that asks for the next one.
import { sqlTimeAt } from '../storage/sql-time.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { Binder } from './sql-parts.ts';
import { microsOf } from './time-range.ts';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The columns that order a list. Name them with their table: a SELECT may call the text of an id by its column's name. */
export interface PageOrder {
  readonly table: string;
  /** A DateTime64(6). */
  readonly time: string;
  /** A UUID, unique. */
  readonly id: string;
}

/** What stands behind WHERE: the conditions given and the page's start, the order, and one row more than the page holds. */
export function pageSql({
  binder,
  conditions,
  page: { limit, cursor },
  order,
}: {
  readonly binder: Binder;
  readonly conditions: readonly string[];
  readonly page: PageRequest;
  readonly order: PageOrder;
}): string {
  const time = `${order.table}.${order.time}`;
  const id = `${order.table}.${order.id}`;
  const all = [...conditions];
  if (cursor !== undefined) {
    const [micros, lastId] = readCursor(cursor);
    const lastTime = `toDateTime64(${binder.bind('String', sqlTimeAt(micros))}, 6, 'UTC')`;
    all.push(`(${time}, ${id}) < (${lastTime}, ${binder.bind('UUID', lastId)})`);
  }
  return `${all.join(' AND ')} ORDER BY ${time} DESC, ${id} DESC LIMIT ${binder.bind('UInt32', limit + 1)}`;
}

export interface Page<Entry> {
  readonly entries: Entry[];
  /** null on the last page. */
  readonly next: string | null;
}

/** Cuts the rows of `pageSql` to the page; `keyOf` gives an entry's time (RFC 3339) and id. */
export function pageOf<Entry>(
  rows: readonly Entry[],
  limit: number,
  keyOf: (entry: Entry) => readonly [time: string, id: string],
): Page<Entry> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  if (rows.length <= limit || last === undefined) return { entries, next: null };
  const [time, id] = keyOf(last);
  return { entries, next: writeCursor([microsOf(time), id]) };
}
