// Reads the ClickHouse HTTP interface: what stands in the URL, in the headers and in the body, each piece once.
// It neither authenticates nor judges.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { createClickHouseException } from './clickhouse-exception.ts';
import { bodyTooLarge } from './insert-body.ts';

export interface StoreRequest {
  readonly url: URLSearchParams;
  readonly path: string;
  readonly queryId: string;
  /** Empty: the server's own. */
  readonly database: string;
  readonly defaultFormat: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  /** The part of the statement that came in the URL. */
  readonly urlQuery: Buffer;
  /** The body with its Content-Encoding undone; read it once. */
  readonly body: Readable;
  readonly acceptsGzip: boolean;
}

/** URL parameters of the interface that are no settings of the engine. */
const INTERFACE_PARAMETERS: ReadonlySet<string> = new Set([
  'query',
  'user',
  'password',
  'database',
  'default_format',
  'query_id',
  'quota_key',
  'stacktrace',
  'buffer_size',
  'wait_end_of_query',
  'client_protocol_version',
  'enable_http_compression',
  'http_zlib_compression_level',
]);
/** Features of a full server; refusing beats an answer that silently means something else. */
const UNAVAILABLE_PARAMETERS: ReadonlySet<string> = new Set(['session_id', 'role', 'compress', 'decompress']);

export function readHttpRequest(request: IncomingMessage): StoreRequest {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store');
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of searchParams) {
    if (name.startsWith('param_')) parameters.set(readParameterName(name), value);
    else if (UNAVAILABLE_PARAMETERS.has(name) && value !== '0')
      throw notImplemented(`the URL parameter ${name}`);
    else if (!INTERFACE_PARAMETERS.has(name) && !UNAVAILABLE_PARAMETERS.has(name)) settings.set(name, value);
  }
  const header = (name: string): string | undefined => request.headers[name]?.toString();
  if (header('content-type')?.startsWith('multipart/') === true) throw notImplemented('a multipart body');
  const database = searchParams.get('database') ?? header('x-clickhouse-database') ?? '';
  return {
    url: searchParams,
    path: pathname,
    queryId: searchParams.get('query_id') || header('x-clickhouse-query-id') || randomUUID(),
    // A client that was told no database says `default`.
    database: database === 'default' ? '' : database,
    defaultFormat: searchParams.get('default_format') ?? header('x-clickhouse-format') ?? 'TabSeparated',
    settings,
    parameters,
    urlQuery: Buffer.from(searchParams.get('query') ?? ''),
    body: decodeBody(request),
    acceptsGzip:
      searchParams.get('enable_http_compression') === '1' && /\bgzip\b/.test(header('accept-encoding') ?? ''),
  };
}

export async function readWhole(body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a request body must be bytes');
    bytes += chunk.length;
    if (bytes > maxBytes) throw bodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readParameterName(urlName: string): string {
  const name = urlName.slice('param_'.length);
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw createClickHouseException({
    code: 36,
    type: 'BAD_ARGUMENTS',
    message: `the query parameter name ${name} is not an identifier`,
  });
}

function decodeBody(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const decoder = createDecoder(encoding);
  if (decoder === undefined) return request;
  request.on('error', (error) => decoder.destroy(error));
  request.on('aborted', () => decoder.destroy(new Error('the client went away')));
  return request.pipe(decoder);
}

function createDecoder(encoding: string) {
  if (encoding === 'identity') return undefined;
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  throw notImplemented(`Content-Encoding ${encoding}`);
}

function notImplemented(what: string): Error {
  return createClickHouseException({
    code: 48,
    type: 'NOT_IMPLEMENTED',
    message: `the embedded store does not support ${what}`,
  });
}
