// Errors in the shape that Anthropic's clients turn into their own classes.

import type { TollgateError } from '@tollgate/service-kit/tollgate-error';

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
};

export function anthropicError(error: TollgateError): object {
  const message =
    error.hint === undefined || error.hint === '' ? error.message : `${error.message}. ${error.hint}`;
  const fallback = error.statusCode < 500 ? 'invalid_request_error' : 'api_error';
  return { type: 'error', error: { type: types[error.statusCode] ?? fallback, message } };
}
