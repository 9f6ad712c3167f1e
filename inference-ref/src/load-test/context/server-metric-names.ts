// Which metric means what on the servers we know: the first name that a server exposes is used.

/** Counters: the difference over the run. */
export const COUNTERS = {
  requests: [
    'vllm:request_success_total',
    'tgi_request_success',
    'nv_inference_request_success',
    'llm_request_total',
  ],
  promptTokens: ['vllm:prompt_tokens_total', 'tgi_request_input_length_sum', 'llm_prompt_length_tokens_sum'],
  generationTokens: [
    'vllm:generation_tokens_total',
    'tgi_request_generated_tokens_sum',
    'llm_completion_length_tokens_sum',
  ],
  prefixQueries: ['vllm:prefix_cache_queries_total', 'vllm:prefix_cache_queries'],
  prefixHits: ['vllm:prefix_cache_hits_total', 'vllm:prefix_cache_hits'],
  preemptions: ['vllm:num_preemptions_total'],
  energyMillijoules: ['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION'],
} as const;

/** Sums and counts of times in seconds (Triton: microseconds, see `perSecond`): mean over the run. */
export const PHASES = {
  queue: ['vllm:request_queue_time_seconds', 'tgi_request_queue_duration', 'nv_inference_queue_duration_us'],
  prefill: ['vllm:request_prefill_time_seconds'],
  decode: ['vllm:request_decode_time_seconds'],
  inference: [
    'vllm:request_inference_time_seconds',
    'tgi_request_inference_duration',
    'nv_inference_compute_infer_duration_us',
  ],
  e2e: ['vllm:e2e_request_latency_seconds', 'tgi_request_duration', 'nv_inference_request_duration_us'],
} as const;

/** Gauges: watched during the run. */
export const GAUGES = {
  running: ['vllm:num_requests_running', 'tgi_batch_current_size', 'llm_requests_in_progress'],
  waiting: ['vllm:num_requests_waiting', 'tgi_queue_size', 'inference_queue_length', 'llm_queue_size'],
  kvCacheUsage: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  gpuUtilization: ['DCGM_FI_DEV_GPU_UTIL', 'llm_gpu_utilization', 'nv_gpu_utilization'],
  powerWatts: ['DCGM_FI_DEV_POWER_USAGE', 'tollgate_gpu_power_watts', 'nv_gpu_power_usage'],
} as const;

export type CounterName = keyof typeof COUNTERS;
export type PhaseName = keyof typeof PHASES;
export type GaugeName = keyof typeof GAUGES;
