// Decides how an answer's bytes are framed (by its content type and first byte) and hands events or the body to a reader.
import type { AnswerDraft } from './answer-draft.ts';
import type { RequestFacts } from './answer-observer.ts';
import type { DialectReader } from './dialect.ts';
import { errorTypeOf } from './error-type.ts';
import { createEventStreamScanner } from './framing/event-stream-scanner.ts';
import { createJsonArrayScanner } from './framing/json-array-scanner.ts';
import { createJsonCollector } from './framing/json-collector.ts';
import { createLineScanner } from './framing/line-scanner.ts';
import { createSseScanner } from './framing/sse-scanner.ts';
import { createWebSocketScanner } from './framing/web-socket-scanner.ts';
import { isObject, parseJson } from './json-value.ts';
import { createRepeatedDelta, learnFraming, takeRepeated } from './repeated-delta.ts';

export interface AnswerFraming {
  readonly push: (bytes: Buffer) => void;
  readonly end: (ending: 'complete' | 'cut') => void;
}

export interface AnswerFramingOptions {
  readonly request: RequestFacts;
  readonly status: number;
  readonly contentType: string;
  /** The extensions that a WebSocket upgrade agreed on; empty elsewhere. */
  readonly extensions: string;
  readonly reader: DialectReader;
  readonly draft: AnswerDraft;
}

const SILENT: AnswerFraming = { push: () => undefined, end: () => undefined };
const BINARY = /^(audio|image|video)\/|^application\/(octet-stream|zip|pdf)/;
const LINES = /ndjson|jsonl|json-lines|stream\+json/;

/** A framing that makes up its mind at the first byte which is no white space. */
export function createAnswerFraming(options: AnswerFramingOptions): AnswerFraming {
  if (options.status === 101) return webSocket(options);
  if (options.contentType.startsWith('application/vnd.amazon.eventstream')) return eventStream(options);
  if (BINARY.test(options.contentType)) return SILENT;
  let framing: AnswerFraming | null = null;
  return {
    push(bytes) {
      if (framing === null) {
        const first = firstByte(bytes);
        if (first === null) return;
        framing = chooseFraming(first, options);
      }
      framing.push(bytes);
    },
    end(ending) {
      framing?.end(ending);
    },
  };
}

/** Skips white space and a byte order mark. */
function firstByte(bytes: Buffer): number | null {
  for (const byte of bytes) {
    if (byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf) return byte;
  }
  return null;
}

function chooseFraming(first: number, options: AnswerFramingOptions): AnswerFraming {
  const { request, status, contentType } = options;
  const failed = status >= 400;
  if (first === 0x7b || first === 0x5b) {
    if (failed || !request.stream) return jsonBody(options);
    if (request.api === 'google.generate_content') return jsonArray(options);
    return LINES.test(contentType) || isLineApi(request) ? jsonLines(options) : jsonBody(options);
  }
  if (contentType.startsWith('text/event-stream') || (request.stream && !failed))
    return serverEvents(options);
  return SILENT;
}

function isLineApi({ api }: RequestFacts): boolean {
  return api === 'ollama.chat' || api === 'ollama.generate' || api === 'cohere.chat';
}

function serverEvents({ reader, draft }: AnswerFramingOptions): AnswerFraming {
  draft.streaming = true;
  const scanner = createSseScanner(reader.event);
  if (reader.template === undefined) return { push: scanner.push, end: scanner.end };
  const repeated = createRepeatedDelta(reader.template, draft);
  return {
    push(bytes) {
      const fresh = scanner.isIdle();
      if (fresh && takeRepeated(repeated, bytes)) return;
      scanner.push(bytes);
      if (fresh && scanner.isIdle()) learnFraming(repeated, bytes);
    },
    end: scanner.end,
  };
}

function jsonLines({ reader, draft }: AnswerFramingOptions): AnswerFraming {
  draft.streaming = true;
  const scanner = createLineScanner((bytes, start, end) => {
    if (end > start) reader.event({ name: '', data: bytes.subarray(start, end) });
  });
  return { push: scanner.push, end: scanner.end };
}

function jsonArray({ reader, draft }: AnswerFramingOptions): AnswerFraming {
  draft.streaming = true;
  const scanner = createJsonArrayScanner((data) => reader.event({ name: '', data }));
  return { push: scanner.push, end: () => undefined };
}

function eventStream({ reader, draft }: AnswerFramingOptions): AnswerFraming {
  draft.streaming = true;
  const scanner = createEventStreamScanner(({ headers, payload }) => {
    const name = headers[':event-type'] ?? headers[':exception-type'] ?? headers[':message-type'] ?? '';
    reader.event({ name, data: payload });
  });
  return { push: scanner.push, end: () => undefined };
}

function webSocket({ reader, draft, extensions }: AnswerFramingOptions): AnswerFraming {
  draft.streaming = true;
  const scanner = createWebSocketScanner({
    deflated: extensions.includes('permessage-deflate'),
    onMessage: (data) => reader.event({ name: '', data }),
    onClose: () => {
      draft.ended = true;
    },
  });
  return { push: scanner.push, end: () => undefined };
}

function jsonBody({ reader, draft, status }: AnswerFramingOptions): AnswerFraming {
  const collector = createJsonCollector({ keepsChunks: true });
  return {
    push: collector.push,
    end(ending) {
      const bytes = collector.take();
      const value = bytes === null ? undefined : parseJson(bytes);
      const body = Array.isArray(value) ? value[0] : value;
      if (!isObject(body)) return;
      if (status >= 400) draft.errorType ||= errorTypeOf(body);
      else if (isObject(body['error']) || typeof body['error'] === 'string')
        draft.errorType ||= errorTypeOf(body) || 'error';
      reader.body(body);
      draft.ended = ending === 'complete';
    },
  };
}
