// OpenTelemetry spans of calls, over OTLP gRPC, with GenAI attributes. Loaded only where an endpoint is configured.
// Never sets a header or a text as an attribute; a full queue drops spans, never the call.
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Logger } from '@tollgate/service-kit/logger';
import { createSpanExport } from '@tollgate/service-kit/span-export';
import type { FinishedCall } from './event-kinds.ts';
import { spanAttributes } from './span-attributes.ts';
import type { TraceParent } from './trace-context.ts';

export interface CallTracerOptions {
  readonly endpoint: string;
  readonly version: string;
  readonly sidecarId: string;
  /** Share of calls that start a trace of their own; calls that come with one follow it. */
  readonly sampleRatio: number;
  readonly log: Logger;
}

export interface CallTracer {
  /** Begins the span of a call; it goes upstream as `traceparent`. */
  readonly begin: (startedAtMicros: number, parent: TraceParent | null) => CallSpan;
  readonly stop: () => Promise<void>;
}

/** Kept with its call, in no table of open ones (decision 040). */
export interface CallSpan extends TraceParent {
  readonly finish: (call: FinishedCall) => void;
}

export function createCallTracer(options: CallTracerOptions): CallTracer {
  const { endpoint, version, sidecarId: instanceId, sampleRatio, log } = options;
  const service = 'tollgate-sidecar';
  const { tracer, stop } = createSpanExport({ endpoint, service, version, instanceId, sampleRatio, log });

  return {
    begin: (startedAtMicros, parent) => {
      const span = tracer.startSpan(
        'call',
        { kind: SpanKind.CLIENT, startTime: new Date(startedAtMicros / 1000) },
        parentContext(parent),
      );
      const { traceId, spanId, traceFlags } = span.spanContext();
      const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
      return {
        traceId,
        spanId,
        sampled,
        finish: (call) => {
          if (sampled) finishSpan(tracer, { span, startedAtMicros, call });
        },
      };
    },
    stop,
  };
}

interface Finishing {
  readonly span: Span;
  readonly startedAtMicros: number;
  readonly call: FinishedCall;
}

function finishSpan(tracer: Tracer, { span, startedAtMicros, call }: Finishing): void {
  span.updateName(`${call.operation || call.api} ${call.requested_model}`.trim());
  span.setAttributes(spanAttributes(call));
  if (call.error_type !== '') span.setStatus({ code: SpanStatusCode.ERROR, message: call.error_type });
  const context = trace.setSpan(ROOT_CONTEXT, span);
  const at = (ms: number): Date => new Date((startedAtMicros + ms * 1000) / 1000);
  for (const { name, fromMs, toMs } of stagesOf(call)) {
    tracer.startSpan(name, { kind: SpanKind.INTERNAL, startTime: at(fromMs) }, context).end(at(toMs));
  }
  span.end(at(call.duration_ms));
}

interface Stage {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Where the time went: in our own policies, waiting for upstream, generating. */
function stagesOf(call: FinishedCall): Stage[] {
  const { gateway_queue_ms: sentMs, time_to_first_byte_ms: byteMs, duration_ms: endMs } = call;
  const stages: Stage[] = [{ name: 'gateway', fromMs: 0, toMs: sentMs }];
  stages.push({ name: 'upstream wait', fromMs: sentMs, toMs: byteMs ?? endMs });
  if (byteMs !== null) stages.push({ name: 'generation', fromMs: byteMs, toMs: endMs });
  return stages;
}

function parentContext(parent: TraceParent | null): Context {
  if (parent === null) return ROOT_CONTEXT;
  const { traceId, spanId, sampled } = parent;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
