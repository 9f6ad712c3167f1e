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
    if (kind !== undefined) return { kind, status: null, message: `${code}: ${item.message}`.slice(0, 300) };
  }
  return { kind: 'other', status: null, message: error.message.slice(0, 300) };
}

export function classifyStatus(status: number, body: string): CallError {
  return { kind: kindOfStatus(status), status, message: body.replace(/\s+/g, ' ').slice(0, 300) };
}

function kindOfStatus(status: number): CallErrorKind {
  if (status === 401 || status === 403) return 'http_auth';
  if (status === 429) return 'http_rate_limited';
  return status >= 500 ? 'http_server_error' : 'http_client_error';
}
