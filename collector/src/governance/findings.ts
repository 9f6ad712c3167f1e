// Findings of the content filter, newest first, paged by the last one seen.
import { FilterFinding, type FindingsAnswer, type FindingsQuery } from '@tollgate/contract';
import { z } from 'zod';
import { pageOf, pageSql } from '../reading/page.ts';
import { createBinder, equalTo, inRange } from '../reading/sql-parts.ts';
import { readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';

const StoredFinding = FilterFinding.extend({
  match_start: z.coerce.number(),
  match_length: z.coerce.number(),
});

export async function listFindings(
  events: Pick<EventsStore, 'query'>,
  query: FindingsQuery,
  signal: AbortSignal,
): Promise<FindingsAnswer> {
  const { team, category, pattern, call_id } = query;
  const binder = createBinder();
  const conditions = [
    inRange(binder, 'occurred_at', readRange(query)) + equalTo(binder, { team, category, pattern }),
  ];
  // By its full name: the SELECT calls the id's text by the same one.
  if (call_id !== undefined) conditions.push(`filter_findings.call_id = ${binder.bind('UUID', call_id)}`);
  const order = { table: 'filter_findings', time: 'occurred_at', id: 'finding_id' };
  const rows = await events.query({
    sql: `SELECT toString(finding_id) AS finding_id, toString(call_id) AS call_id, occurred_at, sidecar_id, team, user,
        app, direction, category, pattern, severity, action, match_start, match_length, match_digest
      FROM filter_findings FINAL WHERE ${pageSql({ binder, conditions, page: query, order })}`,
    params: binder.params(),
    schema: StoredFinding,
    signal,
  });
  const { entries, next } = pageOf(rows, query.limit, (each) => [each.occurred_at, each.finding_id]);
  return { findings: entries, next };
}
