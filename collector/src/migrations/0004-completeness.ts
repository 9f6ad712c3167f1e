// What is needed to prove that no call is missing: the sequence numbers stored per boot, and the sidecars' own counts.
import type { Migration } from '../storage/migration-runner.ts';

const DURABLE =
  'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1';

export const completenessMigration: Migration = {
  id: 4,
  name: 'completeness',
  statements: [
    // A bitmap, so that a call stored twice by whatever fault still counts once.
    `CREATE TABLE IF NOT EXISTS boot_progress (
      sidecar_id LowCardinality(String),
      boot_id UUID,
      seqs AggregateFunction(groupBitmap, UInt64),
      max_seq SimpleAggregateFunction(max, UInt64),
      first_started_at SimpleAggregateFunction(min, DateTime64(6, 'UTC')),
      last_started_at SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
      last_ingested_at SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
    ) ENGINE = AggregatingMergeTree
    ORDER BY (boot_id, sidecar_id)
    SETTINGS ${DURABLE}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS boot_progress_view TO boot_progress AS
    SELECT sidecar_id, boot_id, groupBitmapState(seq) AS seqs, max(seq) AS max_seq,
      min(started_at) AS first_started_at, max(started_at) AS last_started_at,
      max(ingested_at) AS last_ingested_at
    FROM llm_calls GROUP BY sidecar_id, boot_id`,
    `CREATE TABLE IF NOT EXISTS sidecar_reports (
      sidecar_id LowCardinality(String),
      boot_id UUID,
      reported_at DateTime64(6, 'UTC'),
      booted_at DateTime64(6, 'UTC'),
      version LowCardinality(String),
      calls_seen UInt64,
      calls_dropped UInt64,
      calls_spooled UInt64
    ) ENGINE = ReplacingMergeTree(reported_at)
    ORDER BY (boot_id, sidecar_id)
    SETTINGS ${DURABLE}`,
  ],
};
