// The error taxonomy: what a failure of the socket, of HTTP or of the client is called in a report.
import type { CallError, CallErrorKind } from '../measure/call-record.ts';

const BY_CODE: Readonly<Record<string, CallErrorKind>> = {
  ECONNREFUSED: 'connect_refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  ETIMEDOUT: 'connect_timeout',
  EMFILE: 'client_limit',
  ENFILE: 'client_limit',
  EADDRNOTAVAIL: 'client_limit',
};

export function classifySocketError(error: Error): CallError {
  const causes = [error, error.cause].filter((item): item is Error => item instanceof Error);
  for (const item of causes) {
    const code = 'code' in item && typeof item.code === 'string' ? item.code : '';
    const kind =
      BY_CODE[code] ?? (/^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code) ? 'tls' : undefined);
    if (kind !== undefined)
      return { kind, status: null, message: withCode(code, item.message).slice(0, 300) };
  }
  return { kind: 'other', status: null, message: error.message.slice(0, 300) };
}

/** Node's own words mostly begin with the call and the code. */
function withCode(code: string, message: string): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}

/** `location` is where the server points to; its query is left out, for it may hold a secret. */
export function classifyStatus(status: number, body: string, location?: string): CallError {
  const to = location === undefined ? '' : `redirects to ${location.replace(/[?#].*/s, '')} `;
  return { kind: kindOfStatus(status), status, message: `${to}${oneLine(body)}`.trim().slice(0, 300) };
}

/** An answer that could not be read since it was no event stream; `start` is its first text. */
export function classifyNoStream(status: number, contentType: string, start: string): CallError {
  const text = oneLine(start).trim();
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
  const message = `answered ${contentType}, not an event stream: ${shown === '' ? 'nothing' : shown}`;
  return { kind: 'stream_malformed', status, message };
}

/** Enough to tell what it is, too little to hold an answer. */
const SHOWN = 60;

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function kindOfStatus(status: number): CallErrorKind {
  if (status === 401 || status === 403) return 'http_auth';
  if (status === 429) return 'http_rate_limited';
  return status >= 500 ? 'http_server_error' : 'http_client_error';
}
