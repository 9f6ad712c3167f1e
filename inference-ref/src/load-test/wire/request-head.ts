// The request line and headers of a run's calls, built once: only the length of the body differs.
import type { Dialect } from './dialect.ts';

export interface RequestTarget {
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  /** Names in lower case; they replace ours. */
  readonly headers: Readonly<Record<string, string>>;
  readonly reuseConnections: boolean;
}

/** Without `content-length` and the blank line at the end. */
export function createRequestHead(target: RequestTarget, dialect: Dialect): string {
  const url = new URL(target.baseUrl);
  const path = withQuery(dialect.path(url.pathname.replace(/\/+$/, ''), target.model), url.search);
  const headers: Record<string, string> = {
    host: url.host,
    'content-type': 'application/json',
    accept: 'text/event-stream',
    ...(target.reuseConnections ? {} : { connection: 'close' }),
    ...dialect.headers(target.apiKey),
    ...target.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}`;
}

/** A query of the base address (Azure's `api-version`) goes with every call. */
function withQuery(path: string, search: string): string {
  return path.includes('?') ? `${path}${search.replace('?', '&')}` : `${path}${search}`;
}
