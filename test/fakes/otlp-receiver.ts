// An OTLP gRPC trace receiver on a free port that keeps the spans it was sent.
import { join } from 'node:path';
import { loadPackageDefinition, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { root } from '../steps.ts';

interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
}
interface WireSpan {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  /** Absent where a trace begins. */
  readonly parentSpanId?: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: AnyValue }[];
  readonly status?: { readonly code: number };
}
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}
type AttributeValue = string | number | boolean | AttributeValue[] | undefined;

interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly statusCode: number;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  readonly close: () => void;
}

export async function createOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const definition = loadPackageDefinition(
    loadSync(join(root, 'test/fakes/otlp-trace.proto'), { longs: String, arrays: true }),
  );
  const service = traceService(definition);
  const server = new Server();
  server.addService(service, {
    Export: (call: { request: ExportRequest }, reply: (error: null, answer: object) => void) => {
      for (const resource of call.request.resourceSpans) {
        for (const scope of resource.scopeSpans) spans.push(...scope.spans.map(readSpan));
      }
      reply(null, {});
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { url: `http://127.0.0.1:${port}`, spans, close: () => server.forceShutdown() };
}

function traceService(definition: object): ServiceDefinition {
  let node: unknown = definition;
  for (const name of ['opentelemetry', 'proto', 'collector', 'trace', 'v1', 'TraceService']) {
    node = (node as Record<string, unknown>)[name];
  }
  return (node as { service: ServiceDefinition }).service;
}

function readSpan(span: WireSpan): ReceivedSpan {
  return {
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentSpanId: span.parentSpanId?.toString('hex') ?? '',
    name: span.name,
    kind: span.kind,
    startMs: Number(span.startTimeUnixNano) / 1e6,
    durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
    attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, readValue(value)])),
    statusCode: span.status?.code ?? 0,
  };
}

function readValue(value: AnyValue): AttributeValue {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(readValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}
