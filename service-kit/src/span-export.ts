// Sends a service's OpenTelemetry spans over OTLP gRPC, in batches. A full queue drops spans, never the work they describe.
// Its packages are large: import this file only where an endpoint is configured.
import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.ts';

const QUEUE_SPANS = 8_192;
const EXPORT_DELAY_MS = 1_000;
const EXPORT_TIMEOUT_MS = 10_000;

export interface SpanExportOptions {
  /** OTLP over gRPC, such as `http://127.0.0.1:4317`. */
  readonly endpoint: string;
  /** `service.name`. */
  readonly service: string;
  readonly version: string;
  readonly instanceId: string;
  /** Share of the traces that begin here; those that began elsewhere are followed as they were decided. */
  readonly sampleRatio: number;
  readonly log: Logger;
}

export interface SpanExport {
  readonly tracer: Tracer;
  /** Sends what waits, within the time of one export. */
  readonly stop: () => Promise<void>;
}

export function createSpanExport(options: SpanExportOptions): SpanExport {
  const { endpoint, service, version, instanceId, sampleRatio, log } = options;
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': version,
      'service.instance.id': instanceId,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: QUEUE_SPANS,
        scheduledDelayMillis: EXPORT_DELAY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  return {
    tracer: provider.getTracer(service, version),
    stop: () =>
      provider.shutdown().catch((error: unknown) => log.warn({ exception: error }, 'tracer.shutdown_failed')),
  };
}
