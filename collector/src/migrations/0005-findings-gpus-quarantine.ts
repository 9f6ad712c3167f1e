// The other events. Their keys make a repeated row replace itself, so readers of these tables say FINAL.
import type { Migration } from '../storage/migration-runner.ts';

const DURABLE =
  'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1';
const READINGS = [
  'utilization_pct',
  'memory_utilization_pct',
  'memory_used_bytes',
  'memory_total_bytes',
  'power_watts',
  'power_limit_watts',
  'energy_joules',
  'temperature_celsius',
  'sm_clock_mhz',
  'memory_clock_mhz',
  'ecc_corrected_errors',
  'ecc_uncorrected_errors',
  'pcie_rx_bytes_per_second',
  'pcie_tx_bytes_per_second',
  'process_count',
];

export const findingsGpusQuarantineMigration: Migration = {
  id: 5,
  name: 'findings, gpu samples, quarantine',
  statements: [
    `CREATE TABLE IF NOT EXISTS filter_findings (
      finding_id UUID, call_id UUID, occurred_at DateTime64(6, 'UTC'),
      sidecar_id LowCardinality(String), team LowCardinality(String), user String, app LowCardinality(String),
      direction LowCardinality(String), category LowCardinality(String), pattern LowCardinality(String),
      severity LowCardinality(String), action LowCardinality(String),
      match_start UInt64, match_length UInt64, match_digest String,
      ingested_at DateTime64(6, 'UTC'),
      INDEX by_call_id call_id TYPE bloom_filter(0.001) GRANULARITY 1
    ) ENGINE = ReplacingMergeTree
    PARTITION BY toDate(occurred_at)
    ORDER BY (team, category, occurred_at, finding_id)
    SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS gpu_samples (
      sampled_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
      sidecar_id LowCardinality(String), host LowCardinality(String), gpu_index UInt32,
      gpu_uuid LowCardinality(String), gpu_name LowCardinality(String), mig_uuid LowCardinality(String),
      ${READINGS.map((name) => `${name} Nullable(Float64)`).join(', ')},
      throttle_reasons Array(LowCardinality(String))
    ) ENGINE = ReplacingMergeTree
    PARTITION BY toDate(sampled_at)
    ORDER BY (host, gpu_uuid, mig_uuid, sampled_at, sidecar_id)
    SETTINGS ${DURABLE}`,
    `CREATE TABLE IF NOT EXISTS rejected_lines (
      rejected_at DateTime64(6, 'UTC'), batch_id String, line UInt64,
      problems Array(String), line_text String, line_bytes UInt64
    ) ENGINE = ReplacingMergeTree
    PARTITION BY toDate(rejected_at)
    ORDER BY (batch_id, line)
    SETTINGS ${DURABLE}`,
  ],
};
