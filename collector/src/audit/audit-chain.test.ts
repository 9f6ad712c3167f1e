import { createHash } from 'node:crypto';
import type { AuditRecord } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { auditEvent } from './audit.fixture.ts';
import { chainEvents, createChainCheck, GENESIS_HASH } from './audit-chain.ts';
import { canonicalJson } from './canonical-json.ts';

const start = { nextSeq: 0, headHash: GENESIS_HASH };
const sound = chainEvents([auditEvent(), auditEvent(), auditEvent()], start).map(
  ({ leaf_hash, ...record }): AuditRecord => record,
);

function check(records: readonly AuditRecord[]) {
  const chain = createChainCheck();
  return records.map(chain.next).find((broken) => broken !== undefined);
}

const altered = (index: number, change: Partial<AuditRecord>): AuditRecord[] =>
  sound.map((record, at) => (at === index ? { ...record, ...change } : record));

describe('the audit chain', () => {
  it('hashes the previous hash and the canonical record, by a formula that anybody can repeat', () => {
    const event = auditEvent({
      event_id: '0198C0DE-0000-7000-8000-000000000001',
      occurred_at: '2026-03-01T10:00:00Z',
      details: { b: 1, a: 'ü' },
    });
    const [record] = chainEvents([event], start);
    const text =
      '{"action":"chat","application":"checkout","audit_seq":0,"details":{"a":"ü","b":1},' +
      '"event_id":"0198c0de-0000-7000-8000-000000000001","occurred_at":"2026-03-01T10:00:00.000000Z",' +
      '"resource":"openai/gpt-5","source_address":"127.0.0.1","status":"success","type":"model_inference","user":"ada"}';
    const sha256 = (...parts: (Buffer | string)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
    expect(record?.record_hash).toBe(sha256(Buffer.alloc(32), text));
    expect(record?.leaf_hash).toBe(sha256(Buffer.from([0]), text));
  });

  it('holds for records as they were written, also across two batches', () => {
    expect(check(sound)).toBeUndefined();
    const last = sound.at(-1);
    const more = chainEvents([auditEvent()], { nextSeq: 3, headHash: last?.record_hash ?? '' });
    expect(check([...sound, ...more])).toBeUndefined();
  });

  it.each<[string, AuditRecord[], object]>([
    ['an altered field', altered(1, { user: 'eve' }), { seq: 1, problem: 'altered' }],
    ['an altered detail', altered(1, { details: { latency_ms: 12 } }), { seq: 1, problem: 'altered' }],
    [
      'an altered time',
      altered(2, { occurred_at: '2026-03-01T10:00:00.500001Z' }),
      { seq: 2, problem: 'altered' },
    ],
    ['an altered hash', altered(0, { record_hash: 'f'.repeat(64) }), { seq: 0, problem: 'altered' }],
    ['an altered link', altered(1, { prev_hash: 'f'.repeat(64) }), { seq: 1, problem: 'unlinked' }],
    ['a removed record', sound.filter((_, index) => index !== 1), { seq: 1, problem: 'missing' }],
    ['a removed beginning', sound.slice(1), { seq: 0, problem: 'missing' }],
    ['a repeated record', sound.flatMap((record) => [record, record]), { seq: 0, problem: 'repeated' }],
  ])('breaks at %s', (_what, records, broken) => {
    expect(check(records)).toEqual(broken);
  });

  it('breaks where a record was replaced and given a hash of its own', () => {
    const first = sound[0];
    const forged = chainEvents([auditEvent({ user: 'eve' })], {
      nextSeq: 1,
      headHash: first?.record_hash ?? '',
    });
    expect(check(sound.map((record, index) => (index === 1 ? (forged[0] ?? record) : record)))).toEqual({
      seq: 2,
      problem: 'unlinked',
    });
  });
});

describe('canonicalJson', () => {
  it('orders keys and prints one form of each value', () => {
    expect(canonicalJson({ b: [1e21, -0, 0.1], a: { '\u20ac': null, '\r': 'x', '1': true } })).toBe(
      '{"a":{"\\r":"x","1":true,"€":null},"b":[1e+21,0,0.1]}',
    );
  });

  it('refuses numbers that JSON cannot hold', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(RangeError);
  });
});
