// Quantile states of the four latencies per hour and per day. Estimates by design (t-digest); counts beside them are exact.
import type { Migration } from '../storage/migration-runner.ts';

const DIMENSIONS = 'team, model, provider, upstream, app, api';
const MEASURES = ['duration_ms', 'ttft_ms', 'tpot_ms', 'overhead_ms'];
const DIGEST = 'quantilesTDigest(0.5, 0.95, 0.99)';

function latencyRollup(table: string, bucketOf: string): string[] {
  const columns = MEASURES.flatMap((name) => [
    `${name}_state AggregateFunction(${DIGEST}, Nullable(Float64))`,
    `${name}_count SimpleAggregateFunction(sum, UInt64)`,
  ]).join(', ');
  const states = MEASURES.flatMap((name) => [
    `quantilesTDigestState(0.5, 0.95, 0.99)(toNullable(${name})) AS ${name}_state`,
    `count(${name}) AS ${name}_count`,
  ]).join(', ');
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
      bucket DateTime('UTC'),
      team LowCardinality(String), model LowCardinality(String), provider LowCardinality(String),
      upstream LowCardinality(String), app LowCardinality(String), api LowCardinality(String),
      calls SimpleAggregateFunction(sum, UInt64), errors SimpleAggregateFunction(sum, UInt64),
      ${columns}
    ) ENGINE = AggregatingMergeTree
    PARTITION BY toYYYYMM(bucket)
    ORDER BY (bucket, ${DIMENSIONS})
    SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${table}_view TO ${table} AS
    SELECT ${bucketOf} AS bucket, ${DIMENSIONS}, count() AS calls, sum(is_error) AS errors, ${states}
    FROM llm_calls GROUP BY bucket, ${DIMENSIONS}`,
  ];
}

export const latencyRollupsMigration: Migration = {
  id: 3,
  name: 'latency rollups',
  statements: [
    ...latencyRollup('latency_hourly', 'toStartOfHour(toDateTime(started_at))'),
    ...latencyRollup('latency_daily', 'toStartOfDay(toDateTime(started_at))'),
  ],
};
