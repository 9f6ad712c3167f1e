// The port that each API's reader implements: events of a stream or a whole body in, an answer's draft out.
import type { AnswerDraft } from './answer-draft.ts';
import type { RequestFacts } from './answer-observer.ts';
import type { DeltaTemplate } from './dialects/delta-scan.ts';
import type { JsonObject } from './json-value.ts';

/** One event of a stream, unframed: the JSON bytes and, for server-sent events and Bedrock frames, the name. */
export interface StreamEvent {
  readonly name: string;
  readonly data: Buffer;
}

export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ReaderContext {
  readonly request: RequestFacts;
  readonly provider: string;
  readonly headers: HeaderMap;
  readonly draft: AnswerDraft;
}

export interface DialectReader {
  /** Reads one stream event. Must not keep `data`. */
  readonly event: (event: StreamEvent) => void;
  /** Reads a whole answer, successful or not; an error's type has been read already. */
  readonly body: (body: JsonObject) => void;
  /** What the latest plain delta looked like, where the dialect's deltas repeat but for their texts. */
  readonly template?: DeltaTemplate;
  /** Reads what the answer's headers tell, once, after the last byte. */
  readonly headers?: () => void;
  /** True where a successful answer always costs tokens, so that a missing count is worth an estimate. */
  readonly estimates: boolean;
}

export type Dialect = (context: ReaderContext) => DialectReader;

/** A header's first value, or an empty string. `name` in lower case. */
export function headerValue(headers: HeaderMap, name: string): string {
  const value = headers[name];
  if (typeof value === 'string') return value;
  return value?.[0] ?? '';
}

const READ_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'sec-websocket-extensions',
  'x-gemini-service-tier',
  'x-amzn-errortype',
  'x-prompt-tokens',
  'x-generated-tokens',
]);

/** True for an answer's headers that some reader asks for. `name` in lower case. */
export function isReadHeader(name: string): boolean {
  return READ_HEADERS.has(name) || name.startsWith('x-amzn-bedrock-');
}
