// A span for each request, with a span for each of its stages below it, by OpenTelemetry's GenAI conventions (development
// status, 2026). Loaded only where an endpoint is configured.

import { randomUUID } from 'node:crypto';
import {
  type Attributes,
  defaultTextMapGetter,
  type HrTime,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { Logger } from '@tollgate/service-kit/logger';
import { createSpanExport } from '@tollgate/service-kit/span-export';
import type { RequestEnd, RequestRecord, RequestRecorder } from './request-record.ts';

export interface RequestTracer extends RequestRecorder {
  readonly stop: () => Promise<void>;
}

export interface RequestTracerOptions {
  readonly endpoint: string;
  readonly version: string;
  readonly sampleRatio: number;
  readonly log: Logger;
}

export function createRequestTracer(options: RequestTracerOptions): RequestTracer {
  const { tracer, stop } = createSpanExport({
    ...options,
    service: 'tollgate-inference',
    instanceId: randomUUID(),
  });
  const propagator = new W3CTraceContextPropagator();
  return {
    stop,
    onEnd(record, end) {
      const { traceparent, tracestate } = record;
      const parent = propagator.extract(ROOT_CONTEXT, { traceparent, tracestate }, defaultTextMapGetter);
      const at = (monotonicMs: number) =>
        timeOf(record.startedAtMicros + (monotonicMs - record.startedMs) * 1000);
      const name = `${record.operation} ${record.model ?? ''}`.trim();
      const attributes = requestAttributes(record, end);
      const span = tracer.startSpan(
        name,
        { kind: SpanKind.SERVER, startTime: at(record.startedMs), attributes },
        parent,
      );
      if (end.statusCode >= 500 || record.summary?.outcome === 'failed') {
        span.setStatus({ code: SpanStatusCode.ERROR, message: record.errorCode ?? '' });
      }
      const context = trace.setSpan(parent, span);
      for (const stage of stagesOf(record)) {
        const startTime = at(stage.fromMs);
        tracer.startSpan(stage.name, { kind: SpanKind.INTERNAL, startTime }, context).end(at(stage.toMs));
      }
      span.end(at(end.endedMs));
    },
  };
}

interface Stage {
  readonly name: 'queue' | 'prefill' | 'decode';
  /** On the monotonic clock. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** One after the other, from when the request was read to its last token; a stage that was not reached is left out. */
function stagesOf({ generation, summary }: RequestRecord): Stage[] {
  if (generation === null || summary === null) return [];
  const { queueMs, prefillMs, decodeMs } = summary.timing;
  const admittedMs = generation.receivedMs + queueMs;
  const firstMs = admittedMs + prefillMs;
  const stages: Stage[] = [
    { name: 'queue', fromMs: generation.receivedMs, toMs: admittedMs },
    { name: 'prefill', fromMs: admittedMs, toMs: firstMs },
    { name: 'decode', fromMs: firstMs, toMs: firstMs + decodeMs },
  ];
  return stages.filter(({ name, fromMs, toMs }) => name === 'queue' || toMs > fromMs);
}

export function requestAttributes(record: RequestRecord, { statusCode }: RequestEnd): Attributes {
  const { summary, inputTokens, errorCode } = record;
  const attributes: Attributes = {
    'gen_ai.operation.name': record.operation,
    'gen_ai.provider.name': 'tollgate',
    'gen_ai.request.model': record.model ?? undefined,
    'gen_ai.response.model': record.model ?? undefined,
    'gen_ai.usage.input_tokens': inputTokens ?? undefined,
    ...generationAttributes(record),
    'error.type': errorCode ?? undefined,
    'http.response.status_code': statusCode,
    'tollgate.request_id': record.requestId,
    'tollgate.outcome': summary?.outcome,
    'tollgate.preemptions': summary?.preemptions,
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

function generationAttributes({ generation, summary }: RequestRecord): Attributes {
  if (generation === null) return {};
  const { params, stream, choices } = generation;
  const asked: Attributes = {
    'gen_ai.request.stream': stream,
    'gen_ai.request.max_tokens': params.maxTokens,
    'gen_ai.request.temperature': params.temperature,
    'gen_ai.request.top_p': params.topP,
    'gen_ai.request.top_k': params.topK === 0 ? undefined : params.topK,
    'gen_ai.request.seed': params.seed ?? undefined,
    'gen_ai.request.choice.count': choices === 1 ? undefined : choices,
  };
  if (summary === null) return asked;
  const { usage, timing, finishReasons } = summary;
  const hasToken = usage.completionTokens > 0;
  return {
    ...asked,
    'gen_ai.response.finish_reasons': finishReasons.length === 0 ? undefined : [...finishReasons],
    'gen_ai.response.time_to_first_chunk': hasToken ? (timing.queueMs + timing.prefillMs) / 1000 : undefined,
    'gen_ai.usage.input_tokens': usage.promptTokens,
    'gen_ai.usage.output_tokens': usage.completionTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
  };
}

/** A Date would cut it to milliseconds. */
function timeOf(epochMicros: number): HrTime {
  const seconds = Math.floor(epochMicros / 1e6);
  return [seconds, Math.round((epochMicros - seconds * 1e6) * 1000)];
}
