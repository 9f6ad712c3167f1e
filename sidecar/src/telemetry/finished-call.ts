// Puts a finished call together from what the proxy measured and what the answer's reader found. Pure.
import { type Api, emptyUsage, formatTimestamp, type Outcome } from '@tollgate/contract';
import { cutLabel } from '../policy/label.ts';
import type { AnswerFacts } from '../providers/answer-observer.ts';
import type { FinishedCall } from './event-kinds.ts';
import type { TraceParent } from './trace-context.ts';

/** What the proxy knows about a call: its identity, its request, and times on the monotonic clock. */
export interface CallMeasurements {
  readonly callId: string;
  readonly startedAtMicros: number;
  readonly arrivedAtMs: number;
  readonly attribution: {
    readonly team: string;
    readonly user: string;
    readonly app: string;
    readonly session: string;
    readonly environment: string;
    readonly tags: Readonly<Record<string, string>>;
  };
  readonly provider: string;
  readonly upstream: string;
  readonly api: Api;
  readonly method: string;
  readonly request: {
    readonly operation: string;
    readonly requestedModel: string;
    readonly stream: boolean;
    readonly maxOutputTokens: number | null;
    readonly temperature: number | null;
    readonly hasTools: boolean;
  };
  readonly dispatchedAtMs: number | null;
  readonly connectMs: number | null;
  readonly firstByteAtMs: number | null;
  readonly ownMs: number;
  readonly clientBlockedMs: number;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly retries: number;
}

/** What of the answer's reading belongs into the record. */
export type AnswerFindings = Omit<AnswerFacts, 'complete' | 'fault'>;

/** Readings that belong to a call but come from elsewhere. */
export interface CallContext {
  readonly trace: TraceParent | null;
  readonly promptDigest: string;
  readonly prefixDigests: string[];
  readonly gpuUtilizationPct: number | null;
  readonly gpuMemoryUsedBytes: number | null;
}

export interface Ending {
  /** Undefined lets the answer decide: `upstream_error` where it is one, else `ok`. */
  readonly outcome?: Outcome | undefined;
  /** Stands before the answer's own error type. */
  readonly errorType?: string | undefined;
  readonly endedAtMs: number;
}

export function finishedCall(
  call: CallMeasurements,
  answer: AnswerFindings,
  ending: Ending,
  context: CallContext,
): FinishedCall {
  const { request, attribution, arrivedAtMs } = call;
  const failed = answer.errorType !== '' || call.status >= 400;
  return {
    call_id: call.callId,
    started_at: formatTimestamp(call.startedAtMicros),
    trace_id: context.trace?.traceId ?? '',
    span_id: context.trace?.spanId ?? '',
    parent_call_id: '',
    session_id: attribution.session,
    team: attribution.team,
    user: attribution.user,
    app: attribution.app,
    environment: attribution.environment,
    key_id: '',
    tags: attribution.tags,
    provider: call.provider,
    upstream: call.upstream,
    api: call.api,
    method: call.method,
    operation: request.operation,
    requested_model: cutLabel(request.requestedModel),
    response_model: cutLabel(answer.responseModel),
    response_id: cutLabel(answer.responseId),
    service_tier: cutLabel(answer.serviceTier),
    stream: request.stream,
    status: call.status,
    outcome: ending.outcome ?? (failed ? 'upstream_error' : 'ok'),
    error_type: cutLabel(ending.errorType ?? (answer.errorType || (failed ? `status_${call.status}` : ''))),
    finish_reason: cutLabel(answer.finishReason),
    retries: call.retries,
    fallback_from: '',
    ...answer.usage,
    billed_tools: answer.billedTools,
    usage_source: answer.usageSource,
    gateway_queue_ms: since(arrivedAtMs, call.dispatchedAtMs) ?? 0,
    connect_ms: call.connectMs === null ? null : roundMs(call.connectMs),
    time_to_first_byte_ms: since(arrivedAtMs, call.firstByteAtMs),
    time_to_first_reasoning_ms: since(arrivedAtMs, answer.firstReasoningAtMs),
    time_to_first_answer_ms: since(arrivedAtMs, answer.firstAnswerAtMs),
    inter_token_p50_ms: answer.interTokenP50Ms,
    inter_token_p99_ms: answer.interTokenP99Ms,
    max_stall_ms: answer.maxStallMs,
    duration_ms: roundMs(ending.endedAtMs - arrivedAtMs),
    overhead_ms: roundMs(call.ownMs),
    client_blocked_ms: roundMs(call.clientBlockedMs),
    token_events: answer.tokenEvents,
    request_bytes: call.requestBytes,
    response_bytes: call.responseBytes,
    max_output_tokens: request.maxOutputTokens,
    temperature: request.temperature,
    has_tools: request.hasTools,
    prompt_digest: context.promptDigest,
    prefix_digests: context.prefixDigests,
    gpu_utilization_pct: context.gpuUtilizationPct,
    gpu_memory_used_bytes: context.gpuMemoryUsedBytes,
  };
}

function since(arrivedAtMs: number, atMs: number | null): number | null {
  return atMs === null ? null : roundMs(atMs - arrivedAtMs);
}

/** Whole microseconds, never negative. */
function roundMs(ms: number): number {
  return ms <= 0 ? 0 : Math.round(ms * 1000) / 1000;
}

/** The findings of a call that got no answer to read. */
export const NO_FINDINGS: AnswerFindings = {
  usage: emptyUsage(),
  usageSource: 'none',
  billedTools: {},
  responseModel: '',
  responseId: '',
  serviceTier: '',
  finishReason: '',
  errorType: '',
  firstReasoningAtMs: null,
  firstAnswerAtMs: null,
  interTokenP50Ms: null,
  interTokenP99Ms: null,
  maxStallMs: null,
  tokenEvents: 0,
};
