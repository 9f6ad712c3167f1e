// Findings of the content filter, newest first, paged by the last one seen.
import { FilterFinding, type FindingsAnswer, type FindingsQuery } from '@tollgate/contract';
import { z } from 'zod';
import { readCursor, writeCursor } from '../reading/cursor.ts';
import { createBinder, equalTo, inRange } from '../reading/sql-parts.ts';
import { microsOf, readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { sqlTimeAt } from '../storage/sql-time.ts';

const StoredFinding = FilterFinding.extend({
  match_start: z.coerce.number(),
  match_length: z.coerce.number(),
});

export async function listFindings(
  events: Pick<EventsStore, 'query'>,
  query: FindingsQuery,
  signal: AbortSignal,
): Promise<FindingsAnswer> {
  const { limit, team, category, pattern, call_id } = query;
  const binder = createBinder();
  const conditions = [
    inRange(binder, 'occurred_at', readRange(query)) + equalTo(binder, { team, category, pattern }),
  ];
  if (call_id !== undefined) conditions.push(`call_id = ${binder.bind('UUID', call_id)}`);
  if (query.cursor !== undefined) {
    const [micros, findingId] = readCursor(query.cursor);
    const time = binder.bind('String', sqlTimeAt(micros));
    conditions.push(
      `(occurred_at, finding_id) < (toDateTime64(${time}, 6, 'UTC'), ${binder.bind('UUID', findingId)})`,
    );
  }
  const rows = await events.query({
    sql: `SELECT toString(finding_id) AS finding_id, toString(call_id) AS call_id, occurred_at, sidecar_id, team, user,
        app, direction, category, pattern, severity, action, match_start, match_length, match_digest
      FROM filter_findings FINAL WHERE ${conditions.join(' AND ')}
      ORDER BY filter_findings.occurred_at DESC, filter_findings.finding_id DESC LIMIT ${binder.bind('UInt32', limit + 1)}`,
    params: binder.params(),
    schema: StoredFinding,
    signal,
  });
  const findings = rows.slice(0, limit);
  const last = findings.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { findings, next: more ? writeCursor([microsOf(last.occurred_at), last.finding_id]) : null };
}
