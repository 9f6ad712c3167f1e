// Reads the audit log out of the events store: a page at a time for people, all of it in order for a check.
import { type AuditEventType, AuditRecord } from '@tollgate/contract';
import { z } from 'zod';
import type { EventsStore } from '../storage/events-store.ts';

export interface AuditFilter {
  /** Inclusive and exclusive, RFC 3339; absent: no bound. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly type?: AuditEventType | undefined;
  readonly user?: string | undefined;
  readonly status?: string | undefined;
  readonly application?: string | undefined;
}

export interface AuditPage {
  readonly filter: AuditFilter;
  readonly order: 'asc' | 'desc';
  /** Only records behind this number, in the order asked for. */
  readonly after?: number | undefined;
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

const StoredRecord = z.preprocess(
  (row) => {
    if (typeof row !== 'object' || row === null || !('details' in row)) return row;
    return { ...row, details: JSON.parse(String(row.details)) as unknown };
  },
  AuditRecord.extend({ audit_seq: z.coerce.number() }),
);

const CONDITIONS: readonly (readonly [keyof AuditFilter, string])[] = [
  ['from', "occurred_at >= parseDateTime64BestEffort({from:String}, 6, 'UTC')"],
  ['to', "occurred_at < parseDateTime64BestEffort({to:String}, 6, 'UTC')"],
  ['type', 'type = {type:String}'],
  ['user', 'user = {user:String}'],
  ['status', 'status = {status:String}'],
  ['application', 'application = {application:String}'],
];

/** More than `limit` records come only when the last number stands several times, which it never should. */
export async function readAuditPage(
  events: Pick<EventsStore, 'query'>,
  { filter, order, after, limit, signal }: AuditPage,
): Promise<AuditRecord[]> {
  const used = CONDITIONS.filter(([name]) => filter[name] !== undefined);
  const where = used.map(([, condition]) => condition);
  if (after !== undefined) where.push(`audit_seq ${order === 'asc' ? '>' : '<'} {after:UInt64}`);
  return events.query({
    sql: `SELECT audit_seq, toString(event_id) AS event_id, occurred_at, application, type, user, resource, action,
            status, source_address, details, prev_hash, record_hash
          FROM audit_log ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
          ORDER BY audit_log.audit_seq ${order === 'asc' ? 'ASC' : 'DESC'} LIMIT {limit:UInt32} WITH TIES`,
    params: {
      ...Object.fromEntries(used.map(([name]) => [name, filter[name]])),
      ...(after === undefined ? {} : { after: String(after) }),
      limit,
    },
    schema: StoredRecord,
    ...(signal === undefined ? {} : { signal }),
  });
}

const CHECK_PAGE_RECORDS = 5_000;

/** Every record by number, ascending; a number that stands twice comes twice. */
export async function* readWholeAuditLog(
  events: Pick<EventsStore, 'query'>,
): AsyncGenerator<AuditRecord, void, undefined> {
  for (let after: number | undefined; ; ) {
    const records = await readAuditPage(events, {
      filter: {},
      order: 'asc',
      after,
      limit: CHECK_PAGE_RECORDS,
    });
    yield* records;
    after = records.at(-1)?.audit_seq;
    if (records.length < CHECK_PAGE_RECORDS) return;
  }
}
