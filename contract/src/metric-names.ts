// Metric names and buckets that dashboards, alerts and users script against. Base units: seconds, bytes, tokens.

export const LLM_METRICS = {
  requests: 'llm_request_total',
  latencySeconds: 'llm_request_latency_seconds',
  inProgress: 'llm_requests_in_progress',
  tokens: 'llm_token_total',
  tokenRate: 'llm_token_rate',
  gpuUtilization: 'llm_gpu_utilization',
  gpuMemoryUsageBytes: 'llm_gpu_memory_usage_bytes',
  modelLoadSeconds: 'llm_model_load_time_seconds',
  queueSize: 'llm_queue_size',
  batchSize: 'llm_batch_size',
  promptTokens: 'llm_prompt_length_tokens',
  completionTokens: 'llm_completion_length_tokens',
  errorRate: 'llm_error_rate',
  cacheHits: 'llm_cache_hit_total',
  cacheMisses: 'llm_cache_miss_total',
  cacheHitRatio: 'llm_cache_hit_ratio',
  inferenceQueueLength: 'inference_queue_length',
} as const;

/** OpenTelemetry GenAI names in their Prometheus spelling. */
export const GEN_AI_METRICS = {
  clientTokenUsage: 'gen_ai_client_token_usage',
  clientOperationSeconds: 'gen_ai_client_operation_duration_seconds',
  clientTimeToFirstChunkSeconds: 'gen_ai_client_operation_time_to_first_chunk_seconds',
  clientTimePerOutputChunkSeconds: 'gen_ai_client_operation_time_per_output_chunk_seconds',
  serverRequestSeconds: 'gen_ai_server_request_duration_seconds',
  serverTimeToFirstTokenSeconds: 'gen_ai_server_time_to_first_token_seconds',
  serverTimePerOutputTokenSeconds: 'gen_ai_server_time_per_output_token_seconds',
} as const;

export const TOLLGATE_METRICS = {
  /** Calls given a sequence number since start. */
  callsSeen: 'tollgate_calls_seen_total',
  /** Events given up for good, by `kind` and `reason`. */
  eventsDropped: 'tollgate_events_dropped_total',
  /** Events recorded and not yet acknowledged by the collector. */
  eventsSpooled: 'tollgate_events_spooled',
  spoolBytes: 'tollgate_spool_bytes',
  spoolLimitBytes: 'tollgate_spool_limit_bytes',
  shipments: 'tollgate_shipments_total',
  overheadSeconds: 'tollgate_overhead_seconds',
  /** The canary's calls, by `path`: `direct` or `proxied`. */
  canarySeconds: 'tollgate_canary_seconds',
  /** What the way through the sidecar adds to a call of the canary, by `quantile`. */
  canaryOverheadSeconds: 'tollgate_canary_overhead_seconds',
  canaryFailures: 'tollgate_canary_failures_total',
  findings: 'tollgate_filter_findings_total',
  gpuReadersUp: 'tollgate_gpu_reader_up',
  gpuPowerWatts: 'tollgate_gpu_power_watts',
  gpuTemperatureCelsius: 'tollgate_gpu_temperature_celsius',
  /** Rows written by the collector, by `table`. */
  rowsStored: 'tollgate_rows_stored_total',
  batches: 'tollgate_ingest_batches_total',
  rejectedLines: 'tollgate_ingest_rejected_lines_total',
  ingestSeconds: 'tollgate_ingest_duration_seconds',
  eventsStoreUp: 'tollgate_events_store_up',
  /** Calls seen by sidecars and neither stored, nor spooled, nor counted as dropped. */
  callsMissing: 'tollgate_calls_missing',
  budgetLimitUsd: 'tollgate_budget_limit_usd',
  budgetSpentUsd: 'tollgate_budget_spent_usd',
  budgetSpentRatio: 'tollgate_budget_spent_ratio',
  unpricedCalls: 'tollgate_unpriced_calls_total',
  /** Engines of the reference server that reported nothing for too long and were replaced, by `model_name`. */
  engineHangs: 'tollgate_inference_engine_hangs_total',
  /** Threads of the reference server left behind in a call that does not return. */
  stuckThreads: 'tollgate_inference_stuck_threads',
  buildInfo: 'tollgate_build_info',
} as const;

export const LATENCY_BUCKETS_SECONDS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
export const BATCH_SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64];
export const LENGTH_BUCKETS_TOKENS = [10, 50, 100, 250, 500, 1000, 2000];
export const GEN_AI_CLIENT_BUCKETS_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
export const GEN_AI_TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];
export const TIME_TO_FIRST_TOKEN_BUCKETS_SECONDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60,
];
export const TIME_PER_OUTPUT_TOKEN_BUCKETS_SECONDS = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
];
