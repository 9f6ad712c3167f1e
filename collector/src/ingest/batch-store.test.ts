import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPriceBook } from '../pricing/price-book.ts';
import { createBatchLedger } from '../storage/batch-ledger.ts';
import { createChangeFeed } from '../storage/change-feed.ts';
import { type ControlStore, createControlStore } from '../storage/control-store.ts';
import type { EventsInsert, EventsStore } from '../storage/events-store.ts';
import { errEventsStoreUnavailable, errRowsUnstorable } from '../storage/events-store-fault.ts';
import { createBatchStore } from './batch-store.ts';
import { createIngestMetrics } from './ingest-metrics.ts';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-ingest-'));
let control: ControlStore;
let fake: ReturnType<typeof createFakeEvents>;
let audited: Map<string, number>;

beforeAll(async () => {
  const location = { sqliteFile: join(directory, 'control.db') };
  control = await createControlStore({ location, clock: systemClock });
});
afterAll(async () => {
  await control.close();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  await control.db.deleteFrom('ingest_batches').execute();
  fake = createFakeEvents();
  audited = new Map();
});

/** Keeps rows as the real store does: an insert whose token is known changes nothing. */
function createFakeEvents() {
  const tables = new Map<string, Readonly<Record<string, unknown>>[]>();
  const tokens = new Set<string>();
  let inserts = 0;
  let failAt: number | undefined;
  const insert = async ({ table, rows, token }: EventsInsert): Promise<void> => {
    if (rows.length === 0) return;
    inserts += 1;
    if (inserts === failAt) throw errEventsStoreUnavailable('down');
    if (rows.some((row) => row['team'] === 'poison')) throw errRowsUnstorable('cannot parse');
    if (tokens.has(`${table} ${token}`)) return;
    tokens.add(`${table} ${token}`);
    tables.set(table, [...(tables.get(table) ?? []), ...rows]);
  };
  const events: EventsStore = {
    database: 'fake',
    ping: async () => true,
    query: async () => [],
    insert,
    command: async () => {},
    createDatabase: async () => {},
    close: async () => {},
  };
  return {
    events,
    rows: (table: string) => tables.get(table) ?? [],
    inserts: () => inserts,
    failAtInsert: (number: number | undefined) => {
      inserts = 0;
      failAt = number;
    },
  };
}

function createStore() {
  return createBatchStore(createStoreDeps());
}

function createStoreDeps() {
  return {
    events: fake.events,
    ledger: createBatchLedger({ control, clock: systemClock }),
    prices: createPriceBook([]),
    audit: {
      appendBatch: async ({ batchId, events }: { batchId: string; events: readonly unknown[] }) => {
        audited.set(batchId, events.length);
      },
    },
    auditDerivation: { calls: true, findings: true },
    changes: createChangeFeed(),
    metrics: createIngestMetrics(new Registry()),
    clock: systemClock,
    log: createLogger({ name: 'test', level: 'silent' }),
  };
}

function callLine(seq: number, fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    kind: 'llm_call',
    call_id: `019a0000-0000-7000-8000-${String(seq).padStart(12, '0')}`,
    sidecar_id: 'sc',
    boot_id: '019a0000-0000-7000-8000-00000000000b',
    seq,
    started_at: '2026-05-01T11:59:59.123456Z',
    provider: 'openai',
    upstream: 'openai',
    api: 'openai.chat_completions',
    stream: false,
    status: 200,
    outcome: 'ok',
    usage_source: 'reported',
    duration_ms: 1,
    ...fields,
  });
}

const report = JSON.stringify({
  kind: 'sidecar_report',
  sidecar_id: 'sc',
  boot_id: '019a0000-0000-7000-8000-00000000000b',
  reported_at: '2026-05-01T12:00:00Z',
  booted_at: '2026-05-01T11:00:00Z',
  version: '1',
  calls_seen: 2,
  calls_dropped: 0,
  calls_spooled: 0,
});
const batch = { batchId: 'b1', replay: false, text: [callLine(0), report, callLine(1), 'junk'].join('\n') };
const ack = { accepted: 3, rejected: [{ line: 4, problems: [expect.stringMatching(/JSON/)] }] };

describe('a batch', () => {
  it('is stored, quarantined and audited in one go', async () => {
    expect(await createStore().store(batch)).toEqual(ack);
    expect(fake.rows('llm_calls')).toMatchObject([
      {
        seq: 0,
        started_at: '2026-05-01 11:59:59.123456',
        batch_id: 'b1',
        cost_usd: null,
        cost_status: 'unpriced',
      },
      { seq: 1 },
    ]);
    expect(fake.rows('rejected_lines')).toMatchObject([{ line: 4, line_text: 'junk' }]);
    expect(fake.rows('sidecar_reports')).toHaveLength(1);
    expect(audited.get('b1')).toBe(2);
  });

  it('gets its first answer again, without a write', async () => {
    await createStore().store(batch);
    const before = fake.inserts();
    expect(await createStore().store(batch)).toEqual(ack);
    expect(fake.inserts()).toBe(before);
  });

  it('is stored once when it arrives twice at the same moment', async () => {
    const store = createStore();
    const answers = await Promise.all([store.store(batch), store.store(batch)]);
    expect(answers[0]).toBe(answers[1]);
    expect(fake.rows('llm_calls')).toHaveLength(2);
  });

  it.each([1, 2, 3])('is whole after a retry when insert %i of 3 failed', async (failing) => {
    fake.failAtInsert(failing);
    await expect(createStore().store(batch)).rejects.toMatchObject({ code: 'TG_EVENTS_STORE_UNAVAILABLE' });
    fake.failAtInsert(undefined);
    expect(await createStore().store(batch)).toEqual(ack);
    expect(
      ['llm_calls', 'sidecar_reports', 'rejected_lines'].map((table) => fake.rows(table).length),
    ).toEqual([2, 1, 1]);
  });

  it('is not acknowledged when the audit log is down, nor doubled afterwards', async () => {
    const failing = {
      ...createStoreDeps(),
      audit: { appendBatch: () => Promise.reject(new Error('audit down')) },
    };
    await expect(createBatchStore(failing).store(batch)).rejects.toThrow('audit down');
    expect(await createStore().store(batch)).toEqual(ack);
    expect(fake.rows('llm_calls')).toHaveLength(2);
  });

  it('loses only the row that the store refuses for good, and names its line', async () => {
    const text = [0, 1, 2, 3, 4].map((seq) => callLine(seq, seq === 3 ? { team: 'poison' } : {})).join('\n');
    const poisoned = { batchId: 'b2', replay: false, text };
    const answer = { accepted: 4, rejected: [{ line: 4, problems: ['cannot parse'] }] };
    expect(await createStore().store(poisoned)).toEqual(answer);
    await control.db.deleteFrom('ingest_batches').execute();
    expect(await createStore().store(poisoned)).toEqual(answer);
    expect(fake.rows('llm_calls').map((row) => row['seq'])).toEqual([0, 1, 2, 4]);
  });
});
