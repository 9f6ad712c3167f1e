// The tables of the control store as Kysely sees them. Times are RFC 3339 text, money is decimal text.
import type { Generated } from 'kysely';

export interface ModelPriceRow {
  readonly id: Generated<number>;
  /** `genai-prices@0.1.8` or `override@<digest>`: what a call's `price_version` names. */
  readonly version: string;
  readonly layer: 'catalogue' | 'override';
  /** Tollgate's provider name. */
  readonly provider: string;
  readonly model: string;
  /** Which requested names this model answers to: a match rule as JSON. */
  readonly model_pattern: string;
  /** Models of a provider are tried in this order; the first whose pattern matches wins. */
  readonly model_order: number;
  /** Later variants win where several are valid at the time of a call. */
  readonly variant: number;
  readonly meter: string;
  /** Service tier served: `standard`, `flex`, `priority`, `batch`, … */
  readonly tier: string;
  /** The price holds for requests with more input tokens than this. */
  readonly context_above_tokens: number;
  readonly region: string;
  readonly valid_from: string | null;
  readonly valid_to: string | null;
  /** Time of day in UTC, `HH:MM:SS`, or null for all day. */
  readonly day_window_start: string | null;
  readonly day_window_end: string | null;
  readonly unit_price_usd: string;
  readonly per_units: number;
  readonly source: string;
  readonly checked_at: string;
}

export interface IngestBatchRow {
  readonly batch_id: string;
  readonly stored_at: string;
  readonly accepted: number;
  /** The rejected lines of the ack as JSON, so that a repeated batch gets the same answer. */
  readonly rejected: string;
}

export interface SchemaMigrationRow {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: string;
}

export interface LockRow {
  readonly name: string;
  readonly holder: string;
  readonly expires_at_ms: number;
}

/** One row, id 1: the end of the audit chain. */
export interface AuditChainRow {
  readonly id: number;
  readonly next_seq: number;
  readonly head_hash: string;
}

/** Batches that the audit log has, so that a repeated one adds nothing. */
export interface AuditBatchRow {
  readonly batch_id: string;
  readonly records: number;
  readonly appended_at_ms: number;
}

/** Audit records (JSON) that the events store does not have yet. */
export interface AuditOutboxRow {
  readonly audit_seq: number;
  readonly record: string;
}

/** Bounds of a write to the events store that has begun; kept until it is known to be done. */
export interface AuditChunkRow {
  readonly first_seq: number;
  readonly last_seq: number;
}

export interface ControlSchema {
  readonly model_prices: ModelPriceRow;
  readonly ingest_batches: IngestBatchRow;
  readonly schema_migrations: SchemaMigrationRow;
  readonly locks: LockRow;
  readonly audit_chain: AuditChainRow;
  readonly audit_batches: AuditBatchRow;
  readonly audit_outbox: AuditOutboxRow;
  readonly audit_chunks: AuditChunkRow;
}
