// Exact sums per hour and per day, kept by incremental views; deduplicated together with the insert that feeds them.
import type { Migration } from '../storage/migration-runner.ts';

const DIMENSIONS = 'team, model, provider, upstream, app, user, environment, api, outcome, cost_status';
const SUMS = [
  'input_uncached_tokens',
  'input_cache_read_tokens',
  'input_cache_write_5m_tokens',
  'input_cache_write_1h_tokens',
  'input_audio_tokens',
  'input_image_tokens',
  'output_text_tokens',
  'output_reasoning_tokens',
  'output_audio_tokens',
  'output_image_tokens',
];

function spendRollup(table: string, bucketOf: string): string[] {
  const columns = SUMS.map((name) => `${name} SimpleAggregateFunction(sum, UInt64)`).join(', ');
  const sums = SUMS.map((name) => `sum(${name}) AS ${name}`).join(', ');
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (
      bucket DateTime('UTC'),
      team LowCardinality(String), model LowCardinality(String), provider LowCardinality(String),
      upstream LowCardinality(String), app LowCardinality(String), user String,
      environment LowCardinality(String), api LowCardinality(String), outcome LowCardinality(String),
      cost_status LowCardinality(String),
      calls SimpleAggregateFunction(sum, UInt64),
      errors SimpleAggregateFunction(sum, UInt64),
      unpriced_calls SimpleAggregateFunction(sum, UInt64),
      ${columns},
      priced_cost_usd SimpleAggregateFunction(sum, Decimal(38, 12))
    ) ENGINE = AggregatingMergeTree
    PARTITION BY toYYYYMM(bucket)
    ORDER BY (bucket, ${DIMENSIONS})
    SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${table}_view TO ${table} AS
    SELECT ${bucketOf} AS bucket, ${DIMENSIONS},
      count() AS calls, sum(is_error) AS errors, countIf(isNull(cost_usd)) AS unpriced_calls, ${sums},
      sum(ifNull(cost_usd, toDecimal128(0, 12))) AS priced_cost_usd
    FROM llm_calls GROUP BY bucket, ${DIMENSIONS}`,
  ];
}

export const spendRollupsMigration: Migration = {
  id: 2,
  name: 'spend rollups',
  statements: [
    ...spendRollup('spend_hourly', 'toStartOfHour(toDateTime(started_at))'),
    ...spendRollup('spend_daily', 'toStartOfDay(toDateTime(started_at))'),
  ],
};
