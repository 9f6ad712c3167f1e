// The control store's schema by numbered steps, in SQL that SQLite and PostgreSQL read alike. Never edit an applied one.
import type { Migration } from './migration-runner.ts';

export const controlMigrations: readonly Migration[] = [
  {
    id: 1,
    name: 'locks and ingest batches',
    statements: [
      `CREATE TABLE IF NOT EXISTS locks (
        name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_at_ms BIGINT NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS ingest_batches (
        batch_id TEXT PRIMARY KEY, stored_at TEXT NOT NULL, accepted INTEGER NOT NULL, rejected TEXT NOT NULL)`,
      'CREATE INDEX IF NOT EXISTS ingest_batches_by_time ON ingest_batches (stored_at)',
    ],
  },
  {
    id: 2,
    name: 'model prices',
    statements: [
      `CREATE TABLE IF NOT EXISTS model_prices (
        id $SERIAL, version TEXT NOT NULL, layer TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
        model_pattern TEXT NOT NULL, model_order INTEGER NOT NULL, variant INTEGER NOT NULL,
        meter TEXT NOT NULL, tier TEXT NOT NULL, context_above_tokens BIGINT NOT NULL, region TEXT NOT NULL,
        valid_from TEXT, valid_to TEXT, day_window_start TEXT, day_window_end TEXT,
        unit_price_usd TEXT NOT NULL, per_units BIGINT NOT NULL, source TEXT NOT NULL, checked_at TEXT NOT NULL,
        UNIQUE (version, provider, model_order, variant, meter, tier, context_above_tokens, region))`,
      'CREATE INDEX IF NOT EXISTS model_prices_by_version ON model_prices (version, provider)',
    ],
  },
  {
    id: 3,
    name: 'audit chain and outbox',
    statements: [
      `CREATE TABLE IF NOT EXISTS audit_chain (
        id INTEGER PRIMARY KEY, next_seq BIGINT NOT NULL, head_hash TEXT NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS audit_batches (
        batch_id TEXT PRIMARY KEY, records INTEGER NOT NULL, appended_at_ms BIGINT NOT NULL)`,
      'CREATE INDEX IF NOT EXISTS audit_batches_by_time ON audit_batches (appended_at_ms)',
      'CREATE TABLE IF NOT EXISTS audit_outbox (audit_seq BIGINT PRIMARY KEY, record TEXT NOT NULL)',
      'CREATE TABLE IF NOT EXISTS audit_chunks (first_seq BIGINT PRIMARY KEY, last_seq BIGINT NOT NULL)',
    ],
  },
];
