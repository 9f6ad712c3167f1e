// Writes answers as a ClickHouse server does: headers that clients read, gzip where asked, and errors as text that the
// stock client turns into its own error, also when they come after the first rows.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
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
export async function sendAnswer(context: AnswerContext, answer: Answer, bytes: Uint8Array): Promise<void> {
  const sink = openAnswer(context, answer);
  sink.end(bytes);
  await once(context.response, 'close');
}

/** Writes the head and returns where the bytes go. */
export function openAnswer({ response, queryId, acceptsGzip }: AnswerContext, answer: Answer): Writable {
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

/** Before the first byte a status and a text; afterwards the connection breaks, so that nobody takes a part for the whole. */
export function sendException({ response, queryId, engineVersion }: AnswerContext, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const exception = toClickHouseException(error);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = exception.statusCode;
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  if (exception.code === 194) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse"');
  response.end(formatException(exception, engineVersion));
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
