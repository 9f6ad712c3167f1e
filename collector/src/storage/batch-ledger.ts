// Remembers which ingest batches are durable in full, so that a batch sent again gets its first answer and nothing else.
import { RejectedLine } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import { z } from 'zod';
import type { ControlStore } from './control-store.ts';

export interface StoredBatch {
  readonly accepted: number;
  readonly rejected: readonly z.infer<typeof RejectedLine>[];
}

export interface BatchLedger {
  readonly find: (batchId: string) => Promise<StoredBatch | undefined>;
  readonly record: (batchId: string, batch: StoredBatch) => Promise<void>;
  /** Forgets batches older than `days`; a spool that was cut off for longer falls back to the replay check. */
  readonly forgetOlderThan: (days: number) => Promise<void>;
}

const rejectedLines = z.array(RejectedLine);

export function createBatchLedger(deps: {
  readonly control: ControlStore;
  readonly clock: Clock;
}): BatchLedger {
  const { db } = deps.control;
  const nowMs = () => deps.clock.nowMicros() / 1000;
  return {
    find: async (batchId) => {
      const row = await db
        .selectFrom('ingest_batches')
        .select(['accepted', 'rejected'])
        .where('batch_id', '=', batchId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { accepted: row.accepted, rejected: rejectedLines.parse(JSON.parse(row.rejected)) };
    },
    record: async (batchId, batch) => {
      await db
        .insertInto('ingest_batches')
        .values({
          batch_id: batchId,
          stored_at: new Date(nowMs()).toISOString(),
          accepted: batch.accepted,
          rejected: JSON.stringify(batch.rejected),
        })
        .onConflict((conflict) => conflict.column('batch_id').doNothing())
        .execute();
    },
    forgetOlderThan: async (days) => {
      const before = new Date(nowMs() - days * 86_400_000).toISOString();
      await db.deleteFrom('ingest_batches').where('stored_at', '<', before).execute();
    },
  };
}
