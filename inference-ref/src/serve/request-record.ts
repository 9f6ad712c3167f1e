// What one request turned out to be, written down while it is answered: its span is made of this when it has ended. No
// prompt, no answer, no header, no name of a user.

import type { Clock } from '@tollgate/service-kit/clock';
import type { FastifyInstance } from 'fastify';
import type { GenerationParams } from '../sampling/generation-params.ts';
import type { GenerationSummary } from './generation.ts';
import { onceClosed } from './once-closed.ts';

export interface RequestRecord {
  readonly requestId: string;
  readonly operation: Operation;
  readonly startedAtMicros: number;
  /** The same moment on the monotonic clock. */
  readonly startedMs: number;
  /** W3C trace context as it came. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  model: string | null;
  generation: RecordedGeneration | null;
  summary: GenerationSummary | null;
  /** Of a request that generates nothing. */
  inputTokens: number | null;
  errorCode: string | null;
}

interface RecordedGeneration {
  readonly params: GenerationParams;
  readonly stream: boolean;
  readonly choices: number;
  /** On the monotonic clock: the body is read and the request waits. */
  readonly receivedMs: number;
}

export type Operation = 'chat' | 'text_completion' | 'embeddings';

const operations: Readonly<Record<string, Operation>> = {
  '/v1/chat/completions': 'chat',
  '/v1/messages': 'chat',
  '/v1/completions': 'text_completion',
  '/v1/embeddings': 'embeddings',
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where nobody wants to know. */
    record: RequestRecord | null;
  }
}

export interface RequestEnd {
  readonly endedMs: number;
  readonly statusCode: number;
}

export interface RequestRecorder {
  /** Called once the response is closed, by whomever. */
  readonly onEnd: (record: RequestRecord, end: RequestEnd) => void;
}

export function recordRequests(app: FastifyInstance, recorder: RequestRecorder | null, clock: Clock): void {
  app.decorateRequest('record', null);
  if (recorder === null) return;
  app.addHook('onRequest', async (request, reply) => {
    const operation = operations[request.routeOptions.url ?? ''];
    if (operation === undefined) return;
    const { traceparent, tracestate } = request.headers;
    const text = (header: string | string[] | undefined) => (typeof header === 'string' ? header : undefined);
    const record: RequestRecord = {
      requestId: request.id,
      operation,
      startedAtMicros: clock.nowMicros(),
      startedMs: clock.monotonicMs(),
      traceparent: text(traceparent),
      tracestate: text(tracestate),
      model: null,
      generation: null,
      summary: null,
      inputTokens: null,
      errorCode: null,
    };
    request.record = record;
    onceClosed(request.raw, reply.raw, () => {
      const end = { endedMs: clock.monotonicMs(), statusCode: reply.raw.statusCode };
      // After those who hear of it later: a generation is cancelled where its client has left.
      queueMicrotask(() => recorder.onEnd(record, end));
    });
  });
}
