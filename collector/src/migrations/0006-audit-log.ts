// The audit log as the events store keeps it. Numbers and hashes are assigned before a row comes here; nothing is ever updated.
import type { Migration } from '../storage/migration-runner.ts';

export const auditLogMigration: Migration = {
  id: 6,
  name: 'audit log',
  statements: [
    `CREATE TABLE IF NOT EXISTS audit_log (
      audit_seq UInt64 CODEC(Delta, ZSTD),
      event_id UUID, occurred_at DateTime64(6, 'UTC'),
      application LowCardinality(String), type LowCardinality(String),
      user String, resource String, action LowCardinality(String), status LowCardinality(String),
      source_address String, details String,
      prev_hash String, record_hash String, leaf_hash String,
      INDEX by_time occurred_at TYPE minmax GRANULARITY 1,
      INDEX by_user user TYPE bloom_filter(0.01) GRANULARITY 1,
      INDEX by_event event_id TYPE bloom_filter(0.001) GRANULARITY 1
    ) ENGINE = MergeTree
    PARTITION BY intDiv(audit_seq, 10000000)
    ORDER BY audit_seq
    SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1`,
  ],
};
