// A finished call in the words of OpenTelemetry's GenAI conventions (development status, 2026). Absent values are left out.
import type { Attributes } from '@opentelemetry/api';
import { timeToFirstTokenMs, totalInputTokens, totalOutputTokens } from '@tollgate/contract';
import type { FinishedCall } from './event-kinds.ts';

export function spanAttributes(call: FinishedCall): Attributes {
  const firstTokenMs = timeToFirstTokenMs(call);
  const attributes: Attributes = {
    'gen_ai.operation.name': call.operation,
    'gen_ai.provider.name': call.provider,
    'gen_ai.conversation.id': call.session_id,
    'gen_ai.request.model': call.requested_model,
    'gen_ai.request.stream': call.stream,
    'gen_ai.request.max_tokens': call.max_output_tokens ?? undefined,
    'gen_ai.request.temperature': call.temperature ?? undefined,
    'gen_ai.response.id': call.response_id,
    'gen_ai.response.model': call.response_model,
    'gen_ai.response.finish_reasons': call.finish_reason === '' ? undefined : [call.finish_reason],
    'gen_ai.response.time_to_first_chunk': firstTokenMs === null ? undefined : firstTokenMs / 1000,
    'openai.response.service_tier': call.api.startsWith('openai.') ? call.service_tier : '',
    'error.type': call.error_type,
    'http.response.status_code': call.status === 0 ? undefined : call.status,
    'tollgate.call_id': call.call_id,
    'tollgate.upstream': call.upstream,
    'tollgate.team': call.team,
    'tollgate.app': call.app,
    'tollgate.outcome': call.outcome,
    ...usageAttributes(call),
  };
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== '' && value !== undefined),
  );
}

function usageAttributes(call: FinishedCall): Attributes {
  if (call.usage_source === 'none') return {};
  return {
    'gen_ai.usage.input_tokens': totalInputTokens(call),
    'gen_ai.usage.output_tokens': totalOutputTokens(call),
    'gen_ai.usage.cache_read.input_tokens': call.input_cache_read_tokens,
    'gen_ai.usage.cache_creation.input_tokens':
      call.input_cache_write_5m_tokens + call.input_cache_write_1h_tokens,
    'gen_ai.usage.reasoning.output_tokens': call.output_reasoning_tokens,
  };
}
