// Audit events that follow from other events: a model was asked, an endpoint was called, a filter recognised something.
import { createHash } from 'node:crypto';
import {
  type AuditEvent,
  type FilterFinding,
  type LlmCall,
  totalInputTokens,
  totalOutputTokens,
} from '@tollgate/contract';

export interface DeriveAuditEventsOptions {
  /** `model_inference` for recognised calls, `api_request` for the others. */
  readonly calls: boolean;
  /** `content_filter` for findings. */
  readonly findings: boolean;
}

const DENIED = new Set<LlmCall['outcome']>(['blocked', 'rate_limited', 'budget_denied', 'unauthorized']);
const SUCCEEDED = new Set<LlmCall['outcome']>(['ok', 'cache_hit']);

/** The same events give the same ids, so a batch sent again derives nothing new. */
export function deriveAuditEvents(
  events: { readonly calls: readonly LlmCall[]; readonly findings: readonly FilterFinding[] },
  options: DeriveAuditEventsOptions,
): AuditEvent[] {
  return [
    ...(options.calls ? events.calls.map(ofCall) : []),
    ...(options.findings ? events.findings.map(ofFinding) : []),
  ];
}

function ofCall(call: LlmCall): AuditEvent {
  const model = call.response_model === '' ? call.requested_model : call.response_model;
  const type = call.api === 'unknown' ? 'api_request' : 'model_inference';
  return {
    event_id: derivedId(type, call.call_id),
    occurred_at: call.started_at,
    application: call.app === '' ? 'sidecar' : call.app,
    type,
    user: call.user,
    resource: model === '' ? call.upstream : `${call.upstream}/${model}`.slice(0, 512),
    action: call.operation === '' ? call.api : call.operation.slice(0, 128),
    status: SUCCEEDED.has(call.outcome) ? 'success' : DENIED.has(call.outcome) ? 'denied' : 'failure',
    source_address: '',
    details: {
      call_id: call.call_id,
      team: call.team,
      endpoint: call.api,
      status_code: call.status,
      outcome: call.outcome,
      latency_ms: call.duration_ms,
      request_bytes: call.request_bytes,
      response_bytes: call.response_bytes,
      input_tokens: totalInputTokens(call),
      output_tokens: totalOutputTokens(call),
    },
  };
}

function ofFinding(finding: FilterFinding): AuditEvent {
  return {
    event_id: derivedId('content_filter', finding.finding_id),
    occurred_at: finding.occurred_at,
    application: finding.app === '' ? 'sidecar' : finding.app,
    type: 'content_filter',
    user: finding.user,
    resource: `call/${finding.call_id}`,
    action: finding.action,
    status: finding.action === 'blocked' ? 'denied' : 'success',
    source_address: '',
    details: {
      finding_id: finding.finding_id,
      team: finding.team,
      direction: finding.direction,
      category: finding.category,
      pattern: finding.pattern,
      severity: finding.severity,
    },
  };
}

/** A UUID (version 8) that depends on nothing but its source. */
function derivedId(type: string, sourceId: string): string {
  const hex = createHash('sha256').update(`${type}:${sourceId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
