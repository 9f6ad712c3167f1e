// The audit log: takes events, chains them durably, hands them on to the events store, and can prove that nothing was changed.
import { randomUUID } from 'node:crypto';
import { type AuditEvent, type AuditHead, type AuditRecord, formatTimestamp } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { AuditPort } from '../audit-port.ts';
import type { ControlStore } from '../storage/control-store.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { type BrokenLink, type ChainHead, createChainCheck } from './audit-chain.ts';
import { createAuditFlusher } from './audit-flusher.ts';
import { createAuditOutbox } from './audit-outbox.ts';
import { readWholeAuditLog } from './audit-records.ts';

export type OwnAuditEvent = Pick<AuditEvent, 'type' | 'status' | 'resource' | 'action'> &
  Partial<Pick<AuditEvent, 'user' | 'source_address' | 'details'>>;

export interface AuditVerdict {
  /** Records that were read and found sound. */
  readonly records: number;
  readonly headHash: string;
  /** The first break, if there is one. */
  readonly broken: BrokenLink | undefined;
}

export interface AuditLog extends AuditPort {
  /** An event of the collector itself. Resolves once it is durable. */
  readonly append: (event: OwnAuditEvent) => Promise<void>;
  readonly head: () => Promise<AuditHead>;
  /** Records that the events store does not have yet. */
  readonly pending: () => Promise<number>;
  readonly flush: () => Promise<void>;
  /** Reads the whole log back and checks each link and the end. */
  readonly verify: () => Promise<AuditVerdict>;
  readonly stop: () => Promise<void>;
}

export interface AuditLogOptions {
  readonly control: Pick<ControlStore, 'db'>;
  readonly events: Pick<EventsStore, 'insert' | 'query'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly lingerMs?: number;
  readonly maxChunkRecords?: number;
}

/** A batch that comes again after this long would be taken for a new one. */
const BATCH_MEMORY_DAYS = 90;

/** Records that a crash left in the outbox are handed on at once. */
export async function createAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { control, events, clock } = options;
  const outbox = createAuditOutbox(control, clock);
  const flusher = createAuditFlusher({ ...options, outbox });
  await outbox.forgetBatchesOlderThan(BATCH_MEMORY_DAYS);
  flusher.wake();

  const appendBatch: AuditLog['appendBatch'] = async (batch) => {
    if (batch.events.length === 0) return;
    const added = await outbox.append(batch.batchId, batch.events);
    if (added > 0) flusher.wake();
  };
  return {
    appendBatch,
    append: async (own) => {
      const event = completeEvent(own, clock);
      await appendBatch({ batchId: `collector:${event.event_id}`, events: [event] });
    },
    head: async () => {
      const { nextSeq, headHash } = await outbox.head();
      return { records: nextSeq, head_seq: nextSeq - 1, head_hash: headHash };
    },
    pending: outbox.pending,
    flush: flusher.flush,
    verify: async () => {
      // First the head, then the flush: what comes later is checked next time.
      const expected = await outbox.head();
      await flusher.flush();
      return checkChain(readWholeAuditLog(events), expected);
    },
    stop: flusher.stop,
  };
}

/** Follows the chain from its start. With an expected head, a log that ends before it is broken too. */
export async function checkChain(
  records: AsyncIterable<AuditRecord>,
  expected: ChainHead | undefined,
): Promise<AuditVerdict> {
  const check = createChainCheck();
  const verdict = (broken: BrokenLink | undefined): AuditVerdict => ({
    records: check.head().nextSeq,
    headHash: check.head().headHash,
    broken,
  });
  for await (const record of records) {
    const broken = check.next(record);
    if (broken !== undefined) return verdict(broken);
    const { nextSeq, headHash } = check.head();
    if (expected?.nextSeq === nextSeq && expected.headHash !== headHash) {
      return verdict({ seq: record.audit_seq, problem: 'altered' });
    }
  }
  const { nextSeq } = check.head();
  if (expected !== undefined && nextSeq < expected.nextSeq) {
    return verdict({ seq: nextSeq, problem: 'cut_off' });
  }
  return verdict(undefined);
}

function completeEvent(own: OwnAuditEvent, clock: Clock): AuditEvent {
  return {
    event_id: randomUUID(),
    occurred_at: formatTimestamp(clock.nowMicros()),
    application: 'collector',
    user: '',
    source_address: '',
    details: {},
    ...own,
  };
}
