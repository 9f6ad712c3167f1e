// The arithmetic of the audit log: how a record is written down, hashed and linked to the one before. Pure.
import { createHash } from 'node:crypto';
import { type AuditEvent, type AuditRecord, formatTimestamp } from '@tollgate/contract';
import { canonicalJson } from './canonical-json.ts';

/** Stands before the first record. */
export const GENESIS_HASH = '0'.repeat(64);

export interface ChainHead {
  readonly nextSeq: number;
  /** The record hash of the newest record, or GENESIS_HASH. */
  readonly headHash: string;
}

export interface ChainedRecord extends AuditRecord {
  /** RFC 6962 leaf: SHA-256(0x00 ‖ record), for Merkle proofs. */
  readonly leaf_hash: string;
}

/** Links events to the head in their order. */
export function chainEvents(events: readonly AuditEvent[], head: ChainHead): ChainedRecord[] {
  let { nextSeq, headHash } = head;
  return events.map((raw) => {
    const event = normalizeEvent(raw);
    const text = recordText(event, nextSeq);
    const record = {
      ...event,
      audit_seq: nextSeq,
      prev_hash: headHash,
      record_hash: recordHash(headHash, text),
      leaf_hash: sha256(Buffer.from([0]), text),
    };
    nextSeq += 1;
    headHash = record.record_hash;
    return record;
  });
}

export type ChainProblem =
  /** The record does not have the content that was hashed. */
  | 'altered'
  /** The record's link is not the hash of the one before. */
  | 'unlinked'
  | 'missing'
  | 'repeated'
  /** Records at the end are gone: the head is further on. */
  | 'cut_off';

export interface BrokenLink {
  readonly seq: number;
  readonly problem: ChainProblem;
}

export interface ChainCheck {
  /** Takes records in the order of their numbers. Undefined as long as the chain holds. */
  readonly next: (record: AuditRecord) => BrokenLink | undefined;
  readonly head: () => ChainHead;
}

export function createChainCheck(): ChainCheck {
  let head: ChainHead = { nextSeq: 0, headHash: GENESIS_HASH };
  return {
    next: (record) => {
      const broken = findBreak(record, head);
      if (broken !== undefined) return broken;
      head = { nextSeq: record.audit_seq + 1, headHash: record.record_hash };
      return undefined;
    },
    head: () => head,
  };
}

function findBreak(record: AuditRecord, { nextSeq, headHash }: ChainHead): BrokenLink | undefined {
  const { audit_seq, prev_hash, record_hash, ...event } = record;
  if (audit_seq > nextSeq) return { seq: nextSeq, problem: 'missing' };
  if (audit_seq < nextSeq) return { seq: audit_seq, problem: 'repeated' };
  if (prev_hash !== headHash) return { seq: audit_seq, problem: 'unlinked' };
  const expected = recordHash(prev_hash, recordText(normalizeEvent(event), audit_seq));
  return record_hash === expected ? undefined : { seq: audit_seq, problem: 'altered' };
}

/** What is hashed: the event and its number as canonical JSON. */
function recordText(event: AuditEvent, audit_seq: number): Buffer {
  return Buffer.from(canonicalJson({ ...event, audit_seq }), 'utf8');
}

/** SHA-256(previous hash as 32 bytes ‖ record). */
function recordHash(prevHash: string, text: Buffer): string {
  return sha256(Buffer.from(prevHash, 'hex'), text);
}

function sha256(prefix: Buffer, text: Buffer): string {
  return createHash('sha256').update(prefix).update(text).digest('hex');
}

/** The form in which an event comes back from storage: one spelling for a time, an id, and text that UTF-8 can hold. */
function normalizeEvent(event: AuditEvent): AuditEvent {
  const details = Object.entries(event.details).map(
    ([key, value]) => [wellFormed(key), typeof value === 'string' ? wellFormed(value) : value] as const,
  );
  return {
    event_id: event.event_id.toLowerCase(),
    occurred_at: normalizeTime(event.occurred_at),
    application: wellFormed(event.application),
    type: event.type,
    user: wellFormed(event.user),
    resource: wellFormed(event.resource),
    action: wellFormed(event.action),
    status: event.status,
    source_address: wellFormed(event.source_address),
    details: Object.fromEntries(details),
  };
}

function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function normalizeTime(time: string): string {
  const [seconds = '', fraction = ''] = time.slice(0, -1).split('.');
  return formatTimestamp(Date.parse(`${seconds}Z`) * 1000 + Number(fraction.padEnd(6, '0')));
}
