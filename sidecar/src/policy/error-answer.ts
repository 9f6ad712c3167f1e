// The sidecar's own errors in the shape of the API that was called, so that each SDK raises its own error class.
import type { Api } from '@tollgate/contract';

export interface ErrorAnswer {
  readonly status: number;
  /** Machine-readable: `connect_timeout`, `upstream_unreachable`, … Also sent as x-tollgate-reason. */
  readonly reason: string;
  readonly message: string;
}

export interface ErrorBody {
  readonly body: string;
  readonly headers: readonly (readonly [string, string])[];
}

const JSON_TYPE = ['content-type', 'application/json'] as const;

const GOOGLE_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const ANTHROPIC_TYPE: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};
const OPENAI_TYPE: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'invalid_request_error',
  413: 'invalid_request_error',
  429: 'rate_limit_error',
};
const AWS_TYPE: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  401: 'AccessDeniedException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  413: 'ValidationException',
  429: 'ThrottlingException',
  502: 'ServiceUnavailableException',
  503: 'ServiceUnavailableException',
  504: 'ModelTimeoutException',
};

export function renderError(api: Api, answer: ErrorAnswer): ErrorBody {
  const dialect = api.slice(0, api.indexOf('.'));
  const headers = dialect === 'bedrock' ? [JSON_TYPE, awsHeader(answer)] : [JSON_TYPE];
  return { body: JSON.stringify(shape(dialect, answer)), headers };
}

function awsHeader({ status }: ErrorAnswer): readonly [string, string] {
  return ['x-amzn-errortype', AWS_TYPE[status] ?? 'InternalServerException'];
}

function shape(dialect: string, { status, reason, message }: ErrorAnswer): unknown {
  switch (dialect) {
    case 'anthropic':
      return { type: 'error', error: { type: ANTHROPIC_TYPE[status] ?? 'api_error', message } };
    case 'google':
      return { error: { code: status, message, status: GOOGLE_STATUS[status] ?? 'INTERNAL' } };
    case 'bedrock':
    case 'cohere':
      return { message };
    case 'ollama':
      return { error: message };
    case 'tgi':
      return { error: message, error_type: reason };
    default:
      return { error: { message, type: OPENAI_TYPE[status] ?? 'server_error', param: null, code: reason } };
  }
}
