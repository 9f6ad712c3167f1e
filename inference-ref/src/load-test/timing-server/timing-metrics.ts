// The timing server's own figures under vLLM's metric names, so that scraping and attribution can be tried against known values.

export interface ServedCall {
  readonly queueMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
}

export interface TimingMetrics {
  readonly served: (call: ServedCall) => void;
  readonly text: (running: number, waiting: number) => string;
}

export function createTimingMetrics(): TimingMetrics {
  const total = {
    calls: 0,
    queueMs: 0,
    prefillMs: 0,
    decodeMs: 0,
    promptTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
  };
  return {
    served: (call) => {
      total.calls += 1;
      total.queueMs += call.queueMs;
      total.prefillMs += call.prefillMs;
      total.decodeMs += call.decodeMs;
      total.promptTokens += call.promptTokens;
      total.outputTokens += call.outputTokens;
      total.cachedTokens += call.cachedTokens;
    },
    text: (running, waiting) => {
      const inferenceMs = total.prefillMs + total.decodeMs;
      const seconds: readonly (readonly [string, number])[] = [
        ['request_queue_time_seconds', total.queueMs],
        ['request_prefill_time_seconds', total.prefillMs],
        ['request_decode_time_seconds', total.decodeMs],
        ['request_inference_time_seconds', inferenceMs],
        ['time_to_first_token_seconds', total.queueMs + total.prefillMs],
        ['e2e_request_latency_seconds', total.queueMs + inferenceMs],
      ];
      const lines = [
        `vllm:num_requests_running ${running}`,
        `vllm:num_requests_waiting ${waiting}`,
        `vllm:prompt_tokens_total ${total.promptTokens}`,
        `vllm:generation_tokens_total ${total.outputTokens}`,
        `vllm:request_success_total{finished_reason="stop"} ${total.calls}`,
        `vllm:prefix_cache_queries_total ${total.promptTokens}`,
        `vllm:prefix_cache_hits_total ${total.cachedTokens}`,
        ...seconds.flatMap(([name, ms]) => [
          `vllm:${name}_sum ${ms / 1000}`,
          `vllm:${name}_count ${total.calls}`,
        ]),
      ];
      return `${lines.join('\n')}\n`;
    },
  };
}
