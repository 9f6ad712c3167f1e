// Writes answers as a ClickHouse server does: headers that clients read, gzip where asked, and errors as text that the
// stock client turns into its own error, also when they come after the first rows.
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip, Gzip } from 'node:zlib';
import { formatException, toClickHouseException } from './clickhouse-exception.ts';

export interface Summary {
  readonly readRows?: number;
  readonly readBytes?: number;
  readonly writtenRows?: number;
  readonly writtenBytes?: number;
  readonly resultRows?: number;
  readonly elapsedSeconds: number;
}

export interface AnswerContext {
  readonly response: ServerResponse;
  readonly queryId: string;
  readonly acceptsGzip: boolean;
  readonly engineVersion: string;
  /** Marks an error inside a body that has begun; random, so that no row can look like it. */
  readonly exceptionTag: string;
  /** Where rows go once a streamed answer has begun. */
  openSink?: Writable;
}

export interface Answer {
  readonly format: string;
  readonly summary?: Summary;
}

const CONTENT_TYPES: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:JSON|JSONStrings|JSONCompact|JSONCompactStrings|JSONColumns|JSONColumnsWithMetadata)$/,
    'application/json; charset=UTF-8',
  ],
  [/^JSON.*EachRow/, 'application/x-ndjson; charset=UTF-8'],
  [/^CSV/, 'text/csv; charset=UTF-8'],
  [/^(?:TabSeparated|TSV)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^(?:RowBinary|Native|Parquet|Arrow|ORC|Avro|MsgPack|RawBLOB)/, 'application/octet-stream'],
];

/** Sends a complete answer. */
export function sendAnswer(context: AnswerContext, answer: Answer, bytes: Uint8Array): void {
  writeHead(context, answer).end(bytes);
}

export interface AnswerStream {
  /** Resolves when there is room for more, or when nobody reads any longer. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly end: () => void;
}

export function openAnswerStream(context: AnswerContext, answer: Answer): AnswerStream {
  const { response } = context;
  response.setHeader('X-ClickHouse-Exception-Tag', context.exceptionTag);
  const sink = writeHead(context, answer);
  context.openSink = sink;
  return {
    write: async (bytes) => {
      if (!sink.write(bytes)) await drained(sink, response);
    },
    end: () => sink.end(),
  };
}

function writeHead({ response, queryId, acceptsGzip }: AnswerContext, answer: Answer): Writable {
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Format', answer.format);
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  response.setHeader('Content-Type', contentType(answer.format));
  if (answer.summary !== undefined) response.setHeader('X-ClickHouse-Summary', formatSummary(answer.summary));
  if (!acceptsGzip) return response;
  response.setHeader('Content-Encoding', 'gzip');
  const gzip = createGzip({ level: 1 });
  gzip.pipe(response);
  return gzip;
}

function drained(sink: Writable, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done);
      response.off('close', done);
      resolve();
    };
    sink.once('drain', done);
    response.once('close', done);
    if (response.destroyed) done();
  });
}

/** Before the first byte a status and a text; afterwards a marked text and a broken connection, so that nobody takes a part for the whole. */
export function sendException(context: AnswerContext, error: unknown): void {
  const { response, queryId, engineVersion } = context;
  if (response.destroyed) return;
  const exception = toClickHouseException(error);
  const text = formatException(exception, engineVersion);
  if (response.headersSent || context.openSink !== undefined) {
    breakOff(context, text);
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = exception.statusCode;
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  if (exception.code === 194) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse"');
  response.end(text);
}

/** The form of ClickHouse 25.11 and later; the stock client throws the error that it finds there. */
function breakOff({ response, openSink, exceptionTag }: AnswerContext, text: string): void {
  const bytes = Buffer.byteLength(text);
  const marked = `\r\n__exception__\r\n${exceptionTag}\r\n${text}${bytes} ${exceptionTag}\r\n__exception__\r\n`;
  if (!(openSink instanceof Gzip)) {
    response.write(marked, () => response.socket?.end());
    return;
  }
  // The text gets out, the gzip stream stays without its end: whoever decompresses it learns that something is missing.
  openSink.unpipe(response);
  openSink.on('data', (bytes: Buffer) => response.write(bytes));
  openSink.write(marked);
  openSink.flush(() => response.end());
}

function contentType(format: string): string {
  return CONTENT_TYPES.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

function formatSummary(summary: Summary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows ?? 0),
    read_bytes: String(summary.readBytes ?? 0),
    written_rows: String(summary.writtenRows ?? 0),
    written_bytes: String(summary.writtenBytes ?? 0),
    total_rows_to_read: '0',
    result_rows: String(summary.resultRows ?? summary.writtenRows ?? 0),
    result_bytes: '0',
    elapsed_ns: String(Math.round(summary.elapsedSeconds * 1e9)),
  });
}
