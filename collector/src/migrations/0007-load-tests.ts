// Load tests: the figures that lists and charts ask for as columns, the whole report beside them.
import type { Migration } from '../storage/migration-runner.ts';

export const loadTestsMigration: Migration = {
  id: 7,
  name: 'load_tests',
  statements: [
    `CREATE TABLE IF NOT EXISTS load_tests (
      run_id UUID,
      started_at DateTime64(6, 'UTC'), ended_at DateTime64(6, 'UTC'),
      name String, verdict LowCardinality(String), certificate LowCardinality(String),
      model LowCardinality(String), target String, shape LowCardinality(String),
      requests UInt64, errors UInt64,
      ttft_p50_ms Nullable(Float64), ttft_p99_ms Nullable(Float64), tpot_p50_ms Nullable(Float64),
      e2e_p50_ms Nullable(Float64), e2e_p99_ms Nullable(Float64), system_tps Float64,
      report String CODEC(ZSTD(3)),
      INDEX by_run run_id TYPE bloom_filter(0.001) GRANULARITY 1
    ) ENGINE = ReplacingMergeTree
    PARTITION BY toYYYYMM(started_at)
    ORDER BY (started_at, run_id)
    SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1`,
  ],
};
