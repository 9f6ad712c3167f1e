import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditAnswer } from '@tollgate/contract';
import { systemClock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import Fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createEmbeddedClickHouse,
  type EmbeddedClickHouse,
} from '../embedded-clickhouse/embedded-clickhouse.ts';
import { auditLogMigration } from '../migrations/0006-audit-log.ts';
import { createEventsStore, type EventsStore } from '../storage/events-store.ts';
import { auditEvent, type ControlFixture, createControlFixture } from './audit.fixture.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { auditRoutes } from './audit-routes.ts';
import { runVerify } from './verify-command.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let engineDir: string;
let store: EmbeddedClickHouse;
let events: EventsStore;
let control: ControlFixture;
let audit: AuditLog;
let app: FastifyInstance;
let url: string;

const RECORDS = 1_100;

beforeAll(async () => {
  engineDir = mkdtempSync(join(tmpdir(), 'tollgate-audit-engine-'));
  [store, control] = await Promise.all([
    createEmbeddedClickHouse({ dataDir: engineDir, log }),
    createControlFixture(),
  ]);
  events = createEventsStore({ ...store, queryTimeoutMs: 10_000 });
  for (const statement of auditLogMigration.statements) await events.command(statement);
  audit = await createAuditLog({ control: control.control, events, clock: systemClock, log });
  app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(auditRoutes({ events, audit }), { prefix: '/api/v1' });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
  const many = Array.from({ length: RECORDS }, (_, index) =>
    auditEvent({ user: index === 700 ? 'eve' : 'ada' }),
  );
  await audit.appendBatch({ batchId: 'many', events: many });
  await audit.flush();
});
afterAll(async () => {
  await app.close();
  await audit.stop();
  await events.close();
  await store.stop();
  await control.remove();
  rmSync(engineDir, { recursive: true });
});

async function get(search: string): Promise<AuditAnswer> {
  const range = 'from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z';
  return AuditAnswer.parse(await (await fetch(`${url}/api/v1/audit?${range}&${search}`)).json());
}

async function verify(extra: object = {}): Promise<[number, string]> {
  const lines: string[] = [];
  const code = await runVerify({ url, dataDir: engineDir, ...extra }, (line) => lines.push(line));
  return [code, lines.join('\n')];
}

async function rewrite(assignment: string, condition: string): Promise<void> {
  await events.command(
    `ALTER TABLE audit_log UPDATE ${assignment} WHERE ${condition} SETTINGS mutations_sync = 1`,
  );
}

describe('the audit log in ClickHouse', () => {
  it('comes back as it was written', async () => {
    expect(await audit.verify()).toMatchObject({ records: RECORDS, broken: undefined });
  });

  it('is read newest first, filtered, and page by page', async () => {
    const first = await get('limit=2');
    expect(first.records.map((record) => record.audit_seq)).toEqual([1099, 1098]);
    const second = await get(`limit=2&cursor=${first.next}`);
    expect(second.records.map((record) => record.audit_seq)).toEqual([1097, 1096]);
    const { records, next } = await get('user=eve');
    expect([records.map((record) => record.audit_seq), next]).toEqual([[700], null]);
    expect((await get('type=config_change')).records).toEqual([]);
  });

  it('is verified from outside, over several pages', async () => {
    const { head_hash } = await audit.head();
    expect(await verify()).toEqual([0, `audit: ok, ${RECORDS} records, head ${head_hash}`]);
    expect((await verify({ head: head_hash }))[0]).toBe(0);
    expect((await verify({ head: 'f'.repeat(64) }))[0]).toBe(1);
  });

  it('is verified from a file of exported records', async () => {
    const { records } = await get('order=asc&limit=10');
    const file = join(engineDir, 'records.ndjson');
    writeFileSync(file, records.map((record) => JSON.stringify(record)).join('\n'));
    expect((await verify({ file }))[0]).toBe(0);
    writeFileSync(file, records.map((record) => JSON.stringify({ ...record, user: 'eve' })).join('\n'));
    expect(await verify({ file })).toEqual([1, expect.stringContaining('BROKEN at record 0')]);
    writeFileSync(file, 'no record');
    expect((await verify({ file }))[0]).toBe(2);
  });

  it.each([
    ["user = 'ada'", "user = 'eve'", 700],
    [
      "details = '{}'",
      'details = \'{"endpoint":"chat \\\\"a\\\\"\\\\n","latency_ms":12.5,"reason":null,"streamed":true}\'',
      900,
    ],
  ])('betrays one rewritten record: %s', async (assignment, restoration, seq) => {
    await rewrite(assignment, `audit_seq = ${seq}`);
    expect(await verify()).toEqual([1, expect.stringMatching(`BROKEN at record ${seq}: its content`)]);
    expect(await audit.verify()).toMatchObject({ records: seq, broken: { seq, problem: 'altered' } });
    await rewrite(restoration, `audit_seq = ${seq}`);
    expect((await verify())[0]).toBe(0);
  });

  it('betrays a removed record, and a removed end', async () => {
    await events.command('ALTER TABLE audit_log DELETE WHERE audit_seq >= 1090 SETTINGS mutations_sync = 1');
    expect(await verify()).toEqual([
      1,
      expect.stringContaining('BROKEN at record 1090: the log ends before it'),
    ]);
    await events.command('ALTER TABLE audit_log DELETE WHERE audit_seq = 500 SETTINGS mutations_sync = 1');
    expect(await verify()).toEqual([1, expect.stringContaining('BROKEN at record 500: it is not there')]);
  });

  it('tells a collector that does not answer from a broken chain', async () => {
    expect(await verify({ url: 'http://127.0.0.1:1' })).toEqual([
      2,
      expect.stringContaining('does not answer'),
    ]);
  });
});
