// Events as lines of NDJSON. Calls, one for each request, are written member by member: a third of JSON.stringify's time,
// and half its bytes, since what the contract fills in by default is left out.
import type { FinishedCall, OtherEvent } from './event-kinds.ts';

/** What the recorder adds to a call. */
export interface CallIdentity {
  readonly sidecarId: string;
  readonly bootId: string;
  readonly seq: number;
}

/** The line starts with the kind, so that lines can be counted without parsing them. */
export function encodeEvent(event: OtherEvent): string {
  const { kind, ...rest } = event;
  return JSON.stringify({ kind, ...rest });
}

export function encodeCall(call: FinishedCall, { sidecarId, bootId, seq }: CallIdentity): string {
  return (
    `{"kind":"llm_call","call_id":"${call.call_id}","sidecar_id":${JSON.stringify(sidecarId)}` +
    `,"boot_id":"${bootId}","seq":${seq},"started_at":"${call.started_at}"` +
    text(',"trace_id":', call.trace_id) +
    text(',"span_id":', call.span_id) +
    text(',"parent_call_id":', call.parent_call_id) +
    attribution(call) +
    `,"provider":"${call.provider}","upstream":${JSON.stringify(call.upstream)},"api":"${call.api}"` +
    (call.method === 'POST' ? '' : text(',"method":', call.method)) +
    request(call) +
    text(',"response_model":', call.response_model) +
    text(',"response_id":', call.response_id) +
    text(',"service_tier":', call.service_tier) +
    `,"stream":${call.stream},"status":${call.status},"outcome":"${call.outcome}"` +
    text(',"error_type":', call.error_type) +
    text(',"finish_reason":', call.finish_reason) +
    count(',"retries":', call.retries) +
    text(',"fallback_from":', call.fallback_from) +
    usage(call) +
    timing(call) +
    text(',"prompt_digest":', call.prompt_digest) +
    (call.prefix_digests.length === 0 ? '' : `,"prefix_digests":["${call.prefix_digests.join('","')}"]`) +
    reading(',"gpu_utilization_pct":', call.gpu_utilization_pct) +
    reading(',"gpu_memory_used_bytes":', call.gpu_memory_used_bytes) +
    '}'
  );
}

function attribution(call: FinishedCall): string {
  return (
    text(',"session_id":', call.session_id) +
    text(',"team":', call.team) +
    text(',"user":', call.user) +
    text(',"app":', call.app) +
    text(',"environment":', call.environment) +
    text(',"key_id":', call.key_id) +
    record(',"tags":', call.tags)
  );
}

function request(call: FinishedCall): string {
  return (
    text(',"operation":', call.operation) +
    text(',"requested_model":', call.requested_model) +
    reading(',"max_output_tokens":', call.max_output_tokens) +
    reading(',"temperature":', call.temperature) +
    (call.has_tools ? ',"has_tools":true' : '')
  );
}

function usage(call: FinishedCall): string {
  return (
    count(',"input_uncached_tokens":', call.input_uncached_tokens) +
    count(',"input_cache_read_tokens":', call.input_cache_read_tokens) +
    count(',"input_cache_write_5m_tokens":', call.input_cache_write_5m_tokens) +
    count(',"input_cache_write_1h_tokens":', call.input_cache_write_1h_tokens) +
    count(',"input_audio_tokens":', call.input_audio_tokens) +
    count(',"input_image_tokens":', call.input_image_tokens) +
    count(',"output_text_tokens":', call.output_text_tokens) +
    count(',"output_reasoning_tokens":', call.output_reasoning_tokens) +
    count(',"output_audio_tokens":', call.output_audio_tokens) +
    count(',"output_image_tokens":', call.output_image_tokens) +
    record(',"billed_tools":', call.billed_tools) +
    `,"usage_source":"${call.usage_source}"`
  );
}

function timing(call: FinishedCall): string {
  return (
    count(',"gateway_queue_ms":', call.gateway_queue_ms) +
    reading(',"connect_ms":', call.connect_ms) +
    reading(',"time_to_first_byte_ms":', call.time_to_first_byte_ms) +
    reading(',"time_to_first_reasoning_ms":', call.time_to_first_reasoning_ms) +
    reading(',"time_to_first_answer_ms":', call.time_to_first_answer_ms) +
    reading(',"inter_token_p50_ms":', call.inter_token_p50_ms) +
    reading(',"inter_token_p99_ms":', call.inter_token_p99_ms) +
    reading(',"max_stall_ms":', call.max_stall_ms) +
    `,"duration_ms":${call.duration_ms}` +
    count(',"overhead_ms":', call.overhead_ms) +
    count(',"client_blocked_ms":', call.client_blocked_ms) +
    count(',"token_events":', call.token_events) +
    count(',"request_bytes":', call.request_bytes) +
    count(',"response_bytes":', call.response_bytes)
  );
}

function text(name: string, value: string): string {
  return value === '' ? '' : name + JSON.stringify(value);
}

function count(name: string, value: number): string {
  return value === 0 ? '' : name + value;
}

function reading(name: string, value: number | null): string {
  return value === null ? '' : name + value;
}

function record(name: string, value: Readonly<Record<string, unknown>>): string {
  for (const _key in value) return name + JSON.stringify(value);
  return '';
}
