// One finished model request, as the sidecar saw it. The flat shape is the wire format and the row of `llm_calls`.
import { z } from 'zod';
import { Timestamp } from './timestamp.ts';
import { MAX_CALL_COUNT, tokenUsageShape, UsageSource } from './token-usage.ts';

export const Outcome = z.enum([
  'ok',
  'client_aborted',
  'upstream_error',
  'upstream_unreachable',
  'timeout',
  'blocked',
  'rate_limited',
  'budget_denied',
  'unauthorized',
  'invalid_request',
  'cache_hit',
]);
export type Outcome = z.infer<typeof Outcome>;

/** The dialect that was spoken. `unknown` passes through untouched and is recorded without usage. */
export const Api = z.enum([
  'openai.chat_completions',
  'openai.completions',
  'openai.responses',
  'openai.embeddings',
  'openai.images',
  'openai.audio_speech',
  'openai.audio_transcriptions',
  'openai.moderations',
  'openai.realtime',
  'openai.other',
  'anthropic.messages',
  'anthropic.count_tokens',
  'anthropic.other',
  'google.generate_content',
  'google.embed_content',
  'google.count_tokens',
  'google.other',
  'bedrock.converse',
  'bedrock.invoke',
  'cohere.chat',
  'cohere.embed',
  'cohere.rerank',
  'ollama.chat',
  'ollama.generate',
  'ollama.embed',
  'tgi.generate',
  'llamacpp.completion',
  'unknown',
]);
export type Api = z.infer<typeof Api>;

const label = z.string().max(256).default('');
const milliseconds = z.number().nonnegative();
const optionalMs = milliseconds.nullable().default(null);

export const LlmCall = z.object({
  call_id: z.uuid(),
  sidecar_id: z.string().min(1).max(128),
  /** New at each start of a sidecar process; with `seq` it makes completeness provable. */
  boot_id: z.uuid(),
  /** Gap-free from 0 within a boot. */
  seq: z.int().nonnegative().max(1e12),
  started_at: Timestamp,
  trace_id: label,
  span_id: label,
  /** The first attempt's call when this one is a retry or a fallback. */
  parent_call_id: label,
  session_id: label,
  team: label,
  user: label,
  app: label,
  environment: label,
  key_id: label,
  tags: z.record(z.string().max(64), z.string().max(256)).default({}),

  provider: z.string().max(64),
  upstream: z.string().max(128),
  api: Api,
  /** HTTP method of the request. */
  method: z.string().max(16).default('POST'),
  /** OpenTelemetry `gen_ai.operation.name`: chat, text_completion, embeddings, generate_content, … */
  operation: label,
  requested_model: label,
  response_model: label,
  response_id: label,
  /** The tier that was served, not the one asked for. */
  service_tier: label,
  stream: z.boolean(),
  /** HTTP status the client received; 0 when the client left before one was sent. */
  status: z.int().min(0).max(999),
  outcome: Outcome,
  error_type: label,
  finish_reason: label,
  retries: z.int().nonnegative().default(0),
  fallback_from: label,

  ...tokenUsageShape,
  /** Tool uses billed apart from tokens, by name: `{ web_search: 2 }`. */
  billed_tools: z.record(z.string().max(64), z.int().nonnegative().max(MAX_CALL_COUNT)).default({}),
  usage_source: UsageSource,

  /** From the request's arrival to its dispatch: our queue, authentication and policies. */
  gateway_queue_ms: milliseconds.default(0),
  /** Waiting for a connection to upstream; 0 on a reused one. */
  connect_ms: optionalMs,
  /** From the request's arrival, as all that follow. */
  time_to_first_byte_ms: optionalMs,
  time_to_first_reasoning_ms: optionalMs,
  time_to_first_answer_ms: optionalMs,
  inter_token_p50_ms: optionalMs,
  inter_token_p99_ms: optionalMs,
  max_stall_ms: optionalMs,
  duration_ms: milliseconds,
  /** Time spent in our own code on this call, upstream and client excluded. */
  overhead_ms: milliseconds.default(0),
  /** Time upstream was held back because the client did not read. */
  client_blocked_ms: milliseconds.default(0),
  /** Streamed events that carried content, reasoning or tool-call text. */
  token_events: z.int().nonnegative().default(0),
  request_bytes: z.int().nonnegative().default(0),
  response_bytes: z.int().nonnegative().default(0),

  max_output_tokens: z.int().nonnegative().nullable().default(null),
  temperature: z.number().nullable().default(null),
  has_tools: z.boolean().default(false),
  /** Keyed digest (hex) of everything that decides the answer: model, messages, tools, sampling parameters. */
  prompt_digest: label,
  /** Keyed digests of the growing message prefix, one a message, first message first, 32 at most. */
  prefix_digests: z.array(z.string().max(64)).max(32).default([]),

  /** The busiest GPU of this host while the call ran; null where there is none. */
  gpu_utilization_pct: z.number().min(0).max(100).nullable().default(null),
  gpu_memory_used_bytes: z.int().nonnegative().nullable().default(null),
});
export type LlmCall = z.infer<typeof LlmCall>;

/** Time to first token of either kind, reasoning or answer; null where the answer was not streamed or empty. */
export function timeToFirstTokenMs(
  call: Pick<LlmCall, 'time_to_first_reasoning_ms' | 'time_to_first_answer_ms'>,
): number | null {
  const { time_to_first_reasoning_ms: reasoning, time_to_first_answer_ms: answer } = call;
  if (reasoning === null) return answer;
  return answer === null ? reasoning : Math.min(reasoning, answer);
}
