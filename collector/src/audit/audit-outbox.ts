// Where records get their number and their place in the chain: one durable transaction in the control store. Records
// wait there until the events store has them.
import type { AuditEvent } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Transaction } from 'kysely';
import type { ControlSchema } from '../storage/control-schema.ts';
import type { ControlStore } from '../storage/control-store.ts';
import { type ChainedRecord, type ChainHead, chainEvents, GENESIS_HASH } from './audit-chain.ts';

export interface AuditChunk {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly records: readonly ChainedRecord[];
}

export interface AuditOutbox {
  /** Returns the number of new records: none for a batch that is in the log already. */
  readonly append: (batchId: string, events: readonly AuditEvent[]) => Promise<number>;
  readonly head: () => Promise<ChainHead>;
  /** The oldest records that wait. Its bounds are kept until it is done, so that a repeated write is the same write. */
  readonly nextChunk: (maxRecords: number) => Promise<AuditChunk | undefined>;
  readonly done: (chunk: AuditChunk) => Promise<void>;
  readonly pending: () => Promise<number>;
  /** Forgets which batches came, not what they brought. */
  readonly forgetBatchesOlderThan: (days: number) => Promise<void>;
}

/** SQLite binds at most 32,766 values a statement. */
const ROWS_PER_INSERT = 500;
const DAY_MS = 86_400_000;

export function createAuditOutbox({ db }: Pick<ControlStore, 'db'>, clock: Clock): AuditOutbox {
  const nowMs = (): number => Math.floor(clock.nowMicros() / 1000);
  return {
    append: (batchId, events) =>
      db.transaction().execute(async (transaction) => {
        const head = await lockHead(transaction);
        const known = await transaction
          .selectFrom('audit_batches')
          .select('batch_id')
          .where('batch_id', '=', batchId)
          .executeTakeFirst();
        if (known !== undefined) return 0;
        const records = chainEvents(events, head);
        await transaction
          .insertInto('audit_batches')
          .values({ batch_id: batchId, records: records.length, appended_at_ms: nowMs() })
          .execute();
        await insertRecords(transaction, records);
        const last = records.at(-1);
        if (last !== undefined) await moveHead(transaction, last);
        return records.length;
      }),
    head: async () => {
      const row = await db.selectFrom('audit_chain').selectAll().executeTakeFirst();
      return { nextSeq: row?.next_seq ?? 0, headHash: row?.head_hash ?? GENESIS_HASH };
    },
    nextChunk: (maxRecords) => db.transaction().execute((transaction) => nextChunk(transaction, maxRecords)),
    done: ({ firstSeq, lastSeq }) =>
      db.transaction().execute(async (transaction) => {
        await lockHead(transaction);
        await transaction.deleteFrom('audit_outbox').where('audit_seq', '<=', lastSeq).execute();
        await transaction.deleteFrom('audit_chunks').where('first_seq', '=', firstSeq).execute();
      }),
    pending: async () => {
      const row = await db
        .selectFrom('audit_outbox')
        .select(({ fn }) => fn.countAll<number>().as('records'))
        .executeTakeFirst();
      return Number(row?.records ?? 0);
    },
    forgetBatchesOlderThan: async (days) => {
      await db
        .deleteFrom('audit_batches')
        .where('appended_at_ms', '<', nowMs() - days * DAY_MS)
        .execute();
    },
  };
}

/** Writing the row first makes every other writer wait, in SQLite and in PostgreSQL. */
async function lockHead(transaction: Transaction<ControlSchema>): Promise<ChainHead> {
  const row = await transaction
    .insertInto('audit_chain')
    .values({ id: 1, next_seq: 0, head_hash: GENESIS_HASH })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ id: 1 }))
    .returning(['next_seq', 'head_hash'])
    .executeTakeFirstOrThrow();
  return { nextSeq: row.next_seq, headHash: row.head_hash };
}

async function moveHead(transaction: Transaction<ControlSchema>, last: ChainedRecord): Promise<void> {
  await transaction
    .updateTable('audit_chain')
    .set({ next_seq: last.audit_seq + 1, head_hash: last.record_hash })
    .execute();
}

async function insertRecords(
  transaction: Transaction<ControlSchema>,
  records: readonly ChainedRecord[],
): Promise<void> {
  for (let start = 0; start < records.length; start += ROWS_PER_INSERT) {
    const rows = records.slice(start, start + ROWS_PER_INSERT);
    await transaction
      .insertInto('audit_outbox')
      .values(rows.map((record) => ({ audit_seq: record.audit_seq, record: JSON.stringify(record) })))
      .execute();
  }
}

/** Under the head's lock, so that two collectors on one control store never draw different bounds over the same records. */
async function nextChunk(
  transaction: Transaction<ControlSchema>,
  maxRecords: number,
): Promise<AuditChunk | undefined> {
  await lockHead(transaction);
  const open = await transaction
    .selectFrom('audit_chunks')
    .selectAll()
    .orderBy('first_seq')
    .executeTakeFirst();
  const waiting = await transaction
    .selectFrom('audit_outbox')
    .selectAll()
    .where('audit_seq', '<=', open?.last_seq ?? Number.MAX_SAFE_INTEGER)
    .orderBy('audit_seq')
    .limit(open === undefined ? maxRecords : open.last_seq - open.first_seq + 1)
    .execute();
  const first = waiting[0];
  const last = waiting.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (open === undefined) {
    await transaction
      .insertInto('audit_chunks')
      .values({ first_seq: first.audit_seq, last_seq: last.audit_seq })
      .execute();
  }
  return {
    firstSeq: first.audit_seq,
    lastSeq: last.audit_seq,
    // Written by insertRecords above, in the same release or an older one.
    records: waiting.map(({ record }) => JSON.parse(record) as ChainedRecord),
  };
}
