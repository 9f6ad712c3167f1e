// The raw ledger: one row a finished call, with its price. What it cost is settled here once and never recomputed silently.
import type { Migration } from '../storage/migration-runner.ts';

const DURABLE =
  'non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1';

export const llmCallsMigration: Migration = {
  id: 1,
  name: 'llm_calls',
  statements: [
    `CREATE TABLE IF NOT EXISTS llm_calls (
      call_id UUID,
      sidecar_id LowCardinality(String),
      boot_id UUID,
      seq UInt64,
      started_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
      trace_id String, span_id String, parent_call_id String, session_id String,
      team LowCardinality(String), user String, app LowCardinality(String),
      environment LowCardinality(String), key_id LowCardinality(String),
      tags Map(LowCardinality(String), String),
      provider LowCardinality(String), upstream LowCardinality(String), api LowCardinality(String),
      operation LowCardinality(String), requested_model LowCardinality(String),
      response_model LowCardinality(String), model LowCardinality(String), response_id String,
      service_tier LowCardinality(String), stream Bool, status UInt16,
      outcome LowCardinality(String), error_type LowCardinality(String),
      finish_reason LowCardinality(String), retries UInt32, fallback_from LowCardinality(String),
      input_uncached_tokens UInt64, input_cache_read_tokens UInt64,
      input_cache_write_5m_tokens UInt64, input_cache_write_1h_tokens UInt64,
      input_audio_tokens UInt64, input_image_tokens UInt64,
      output_text_tokens UInt64, output_reasoning_tokens UInt64,
      output_audio_tokens UInt64, output_image_tokens UInt64,
      billed_tools Map(LowCardinality(String), UInt64),
      usage_source LowCardinality(String),
      gateway_queue_ms Float64, connect_ms Nullable(Float64), time_to_first_byte_ms Nullable(Float64),
      time_to_first_reasoning_ms Nullable(Float64), time_to_first_answer_ms Nullable(Float64),
      inter_token_p50_ms Nullable(Float64), inter_token_p99_ms Nullable(Float64),
      max_stall_ms Nullable(Float64), duration_ms Float64, overhead_ms Float64, client_blocked_ms Float64,
      token_events UInt64, request_bytes UInt64, response_bytes UInt64,
      max_output_tokens Nullable(UInt64), temperature Nullable(Float64), has_tools Bool,
      prompt_digest String, prefix_digests Array(String),
      gpu_utilization_pct Nullable(Float64), gpu_memory_used_bytes Nullable(UInt64),
      cost_usd Nullable(Decimal(38, 12)),
      cost_status LowCardinality(String),
      price_version LowCardinality(String),
      cost_meters Array(LowCardinality(String)), cost_quantities Array(UInt64),
      cost_unit_prices_usd Array(Decimal(38, 12)), cost_pers Array(UInt64),
      cost_amounts_usd Array(Decimal(38, 12)),
      batch_id String,
      ingested_at DateTime64(6, 'UTC'),
      input_tokens UInt64 ALIAS input_uncached_tokens + input_cache_read_tokens + input_cache_write_5m_tokens
        + input_cache_write_1h_tokens + input_audio_tokens + input_image_tokens,
      cache_write_tokens UInt64 ALIAS input_cache_write_5m_tokens + input_cache_write_1h_tokens,
      output_tokens UInt64 ALIAS output_text_tokens + output_reasoning_tokens + output_audio_tokens
        + output_image_tokens,
      ttft_ms Nullable(Float64) ALIAS if(isNull(time_to_first_reasoning_ms), time_to_first_answer_ms,
        if(isNull(time_to_first_answer_ms) OR time_to_first_reasoning_ms < time_to_first_answer_ms,
          time_to_first_reasoning_ms, time_to_first_answer_ms)),
      tpot_ms Nullable(Float64) ALIAS if(isNotNull(ttft_ms) AND output_tokens > 1 AND duration_ms >= ttft_ms
        AND outcome IN ('ok', 'cache_hit'), (duration_ms - ttft_ms) / (output_tokens - 1), NULL),
      is_error UInt8 ALIAS outcome NOT IN ('ok', 'cache_hit', 'client_aborted'),
      INDEX by_call_id call_id TYPE bloom_filter(0.001) GRANULARITY 1,
      INDEX by_trace_id trace_id TYPE bloom_filter(0.01) GRANULARITY 1
    ) ENGINE = MergeTree
    PARTITION BY toDate(started_at)
    ORDER BY (team, model, started_at)
    SETTINGS ${DURABLE}`,
  ],
};
