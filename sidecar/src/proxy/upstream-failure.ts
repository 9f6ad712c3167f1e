// What went wrong between us and upstream, named once: for the client's error, the call's record and the metrics.
import type { Outcome } from '@tollgate/contract';

export interface UpstreamFailure {
  readonly outcome: Outcome;
  /** `connect_timeout`, `dns_failed`, …: the call's `error_type` and the client's x-tollgate-reason. */
  readonly reason: string;
  /** What the client gets where no answer has begun. */
  readonly status: number;
  readonly message: string;
}

type Kind = Omit<UpstreamFailure, 'message'> & { readonly text: string };

const CONNECT_TIMEOUT: Kind = {
  outcome: 'timeout',
  reason: 'connect_timeout',
  status: 504,
  text: 'could not be reached in time',
};
const DNS_FAILED: Kind = {
  outcome: 'upstream_unreachable',
  reason: 'dns_failed',
  status: 502,
  text: 'has no address',
};
const REFUSED: Kind = {
  outcome: 'upstream_unreachable',
  reason: 'connection_refused',
  status: 502,
  text: 'refused the connection',
};
const UNREACHABLE: Kind = {
  outcome: 'upstream_unreachable',
  reason: 'unreachable',
  status: 502,
  text: 'could not be reached',
};
const TLS_FAILED: Kind = {
  outcome: 'upstream_unreachable',
  reason: 'tls_failed',
  status: 502,
  text: 'failed the TLS handshake',
};
const RESET: Kind = {
  outcome: 'upstream_error',
  reason: 'connection_lost',
  status: 502,
  text: 'closed the connection before its answer was complete',
};
const MALFORMED: Kind = {
  outcome: 'upstream_error',
  reason: 'malformed_answer',
  status: 502,
  text: 'sent an answer that is not HTTP',
};
const INVALID: Kind = {
  outcome: 'invalid_request',
  reason: 'invalid_request',
  status: 400,
  text: 'cannot be sent this request',
};

const KINDS: Readonly<Record<string, Kind>> = {
  UND_ERR_CONNECT_TIMEOUT: CONNECT_TIMEOUT,
  ETIMEDOUT: CONNECT_TIMEOUT,
  UND_ERR_HEADERS_TIMEOUT: {
    outcome: 'timeout',
    reason: 'headers_timeout',
    status: 504,
    text: 'did not begin its answer in time',
  },
  UND_ERR_BODY_TIMEOUT: {
    outcome: 'timeout',
    reason: 'idle_timeout',
    status: 504,
    text: 'fell silent in the middle of its answer',
  },
  TG_TOTAL_TIMEOUT: {
    outcome: 'timeout',
    reason: 'total_timeout',
    status: 504,
    text: 'did not finish its answer in time',
  },
  ECONNREFUSED: REFUSED,
  ENOTFOUND: DNS_FAILED,
  EAI_AGAIN: DNS_FAILED,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ECONNRESET: RESET,
  EPIPE: RESET,
  UND_ERR_SOCKET: RESET,
  // Streams of HTTP/2: reset by the server, or closed with their connection.
  UND_ERR_INFO: RESET,
  ERR_HTTP2_STREAM_ERROR: RESET,
  ERR_HTTP2_SESSION_ERROR: RESET,
  ERR_HTTP2_STREAM_CANCEL: RESET,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: RESET,
  UND_ERR_HEADERS_OVERFLOW: MALFORMED,
  UND_ERR_INVALID_ARG: INVALID,
  UND_ERR_NOT_SUPPORTED: INVALID,
  TG_EGRESS_PROXY_FAILED: {
    ...UNREACHABLE,
    reason: 'egress_proxy_failed',
    text: 'could not be reached: the egress proxy does not work',
  },
  TG_EGRESS_PROXY_REFUSED: {
    ...UNREACHABLE,
    reason: 'egress_proxy_refused',
    text: 'could not be reached: the egress proxy refused',
  },
};

/** What OpenSSL finds wrong with a chain of certificates, where the name does not speak of one. */
const VERIFY_CODES = new Set([
  'EPROTO',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
]);

/** Nobody waits for the answer any more. */
export class ClientGone extends Error {
  readonly code = 'TG_CLIENT_GONE';
}

/** The whole call took longer than configured. */
export class TotalTimeout extends Error {
  readonly code = 'TG_TOTAL_TIMEOUT';
}

/** Describes an error of the HTTP client towards `upstream`. Its own text stays with us: it may name inner addresses. */
export function describeFailure(error: unknown, upstream: string): UpstreamFailure {
  const kind = kindOf(error);
  const { outcome, reason, status, text } = kind;
  return { outcome, reason, status, message: `Tollgate: upstream ${upstream} ${text}.` };
}

function kindOf(error: unknown): Kind {
  const code = codeOf(error);
  const known = KINDS[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return MALFORMED;
  if (VERIFY_CODES.has(code)) return TLS_FAILED;
  if (code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL') || code.includes('CERT')) return TLS_FAILED;
  return UNREACHABLE;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
