import { systemClock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventsInsert } from '../storage/events-store.ts';
import { auditEvent, type ControlFixture, createControlFixture } from './audit.fixture.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let fixture: ControlFixture;
let audit: AuditLog;
let inserts: EventsInsert[];
/** Inserts fail before they are counted, or after, as when an answer is lost. */
let trouble: 'none' | 'before' | 'after';

function open(): Promise<AuditLog> {
  return createAuditLog({
    control: fixture.control,
    clock: systemClock,
    log,
    lingerMs: 3_600_000,
    maxChunkRecords: 2,
    events: {
      query: async () => [],
      insert: async (insert) => {
        if (trouble === 'before') throw new Error('the store is down');
        inserts.push(insert);
        if (trouble === 'after') throw new Error('the answer was lost');
      },
    },
  });
}

/** What a store that honours tokens holds. */
function storedSeqs(): unknown[] {
  const byToken = new Map(inserts.map((insert) => [insert.token, insert.rows]));
  return [...byToken.values()].flat().map((row) => row['audit_seq']);
}

beforeEach(async () => {
  fixture = await createControlFixture();
  inserts = [];
  trouble = 'none';
  audit = await open();
});
afterEach(async () => {
  await audit.stop();
  await fixture.remove();
});

describe('createAuditLog', () => {
  it('numbers without gaps, also when batches come at once', async () => {
    const batches = Array.from({ length: 8 }, (_, index) => ({
      batchId: `b${index}`,
      events: [auditEvent(), auditEvent(), auditEvent()],
    }));
    await Promise.all(batches.map(audit.appendBatch));
    await audit.flush();
    expect(storedSeqs()).toEqual(Array.from({ length: 24 }, (_, index) => index));
    expect(await audit.head()).toMatchObject({ records: 24, head_seq: 23 });
  });

  it('adds nothing when a batch comes again', async () => {
    const batch = { batchId: 'b', events: [auditEvent()] };
    await audit.appendBatch(batch);
    const head = await audit.head();
    await audit.appendBatch(batch);
    await audit.appendBatch({ ...batch, events: [auditEvent()] });
    expect(await audit.head()).toEqual(head);
  });

  it('keeps records while the events store is down and hands them on later, in order', async () => {
    trouble = 'before';
    await audit.append({ type: 'config_change', status: 'success', resource: 'budgets', action: 'update' });
    await audit.appendBatch({ batchId: 'b', events: [auditEvent(), auditEvent()] });
    await expect(audit.flush()).rejects.toThrow('the store is down');
    expect([await audit.pending(), storedSeqs()]).toEqual([3, []]);
    trouble = 'none';
    await audit.flush();
    expect([await audit.pending(), storedSeqs()]).toEqual([0, [0, 1, 2]]);
  });

  it('repeats a write of unknown outcome as it was, also after a restart', async () => {
    trouble = 'after';
    await audit.appendBatch({ batchId: 'b1', events: [auditEvent()] });
    await expect(audit.flush()).rejects.toThrow('the answer was lost');
    await audit.stop();
    trouble = 'none';
    audit = await open();
    await audit.appendBatch({ batchId: 'b2', events: [auditEvent(), auditEvent()] });
    await audit.flush();
    expect(new Set(inserts.map(({ token }) => token))).toEqual(new Set(['audit:0-0', 'audit:1-2']));
    expect(storedSeqs()).toEqual([0, 1, 2]);
  });

  it('says that records at the end are gone', async () => {
    await audit.appendBatch({ batchId: 'b', events: [auditEvent()] });
    expect(await audit.verify()).toMatchObject({ broken: { seq: 0, problem: 'cut_off' } });
  });
});
