// What went wrong when the API was asked, in words that a person can act on.
import { ApiError } from '@tollgate/contract';

export interface ApiFailureOptions {
  code: string;
  /** 0 when no answer came. */
  statusCode: number;
  hint?: string | undefined;
  cause?: unknown;
}

export class ApiFailure extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly hint: string | undefined;

  constructor(message: string, { code, statusCode, hint, cause }: ApiFailureOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ApiFailure';
    this.code = code;
    this.statusCode = statusCode;
    this.hint = hint;
  }
}

/** No answer at all: the collector is down, restarting, or the network is. */
export function unreachableFailure(cause: unknown): ApiFailure {
  return new ApiFailure('The collector does not answer.', {
    code: 'collector_unreachable',
    statusCode: 0,
    hint: 'Check that `npm start` still runs and that this machine reaches it. The page tries again by itself.',
    cause,
  });
}

/** Given up after that long: the collector hangs, or the question is too large for it. */
export function timeoutFailure(timeoutMs: number, cause: unknown): ApiFailure {
  return new ApiFailure(`The collector did not answer within ${timeoutMs / 1000} seconds.`, {
    code: 'collector_timeout',
    statusCode: 0,
    hint: 'Check that it still runs; if it does, a shorter time is answered sooner.',
    cause,
  });
}

/** The answer does not have the shape that this dashboard was built for. */
export function unexpectedAnswerFailure(statusCode: number, cause: unknown): ApiFailure {
  return new ApiFailure('The collector gave an answer that this page does not understand.', {
    code: 'unexpected_answer',
    statusCode,
    hint: 'The dashboard and the collector may be of different versions: run `npm ci` again, then reload.',
    cause,
  });
}

/** Reads the API's error body; anything else becomes a failure named by its status. */
export function failureFromBody(statusCode: number, body: unknown): ApiFailure {
  const parsed = ApiError.safeParse(body);
  if (parsed.success) return new ApiFailure(parsed.data.error.message, { ...parsed.data.error, statusCode });
  return new ApiFailure(`The collector answered with status ${statusCode}.`, {
    code: `http_${statusCode}`,
    statusCode,
    hint: statusCode >= 500 ? 'Its log says why. The page tries again by itself.' : undefined,
  });
}

export function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiFailure && error.statusCode === 401;
}
