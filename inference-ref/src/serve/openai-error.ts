// Errors in the shape that OpenAI's clients turn into their own classes.

import { defineError, isTollgateError, TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { z } from 'zod';
import { problemList } from '../grammar/problem-list.ts';

export const errRequestInvalid = defineError('TG_REQUEST_INVALID', 400);
export const errUnsupported = defineError('TG_PARAMETER_UNSUPPORTED', 400);
export const errContextExceeded = defineError('TG_CONTEXT_EXCEEDED', 400);
export const errModelUnknown = defineError('TG_MODEL_UNKNOWN', 404);
export const errJobUnknown = defineError('TG_JOB_UNKNOWN', 404);
export const errOverloaded = defineError('TG_OVERLOADED', 429);
/** Nobody reads it: it ends work that nobody waits for. */
export const errClientLeft = defineError('TG_CLIENT_LEFT', 499);
export const errBodyTooLarge = defineError('TG_BODY_TOO_LARGE', 413);
export const errKeyInvalid = defineError('TG_API_KEY_INVALID', 401);
export const errGenerationFailed = defineError('TG_GENERATION_FAILED', 500);

export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

const openAiCodes: Readonly<Record<string, string>> = {
  TG_CONTEXT_EXCEEDED: 'context_length_exceeded',
  TG_MODEL_UNKNOWN: 'model_not_found',
  TG_OVERLOADED: 'rate_limit_exceeded',
  TG_API_KEY_INVALID: 'invalid_api_key',
  TG_PARAMETER_UNSUPPORTED: 'unsupported_parameter',
  TG_SCHEMA_UNSUPPORTED: 'invalid_json_schema',
};

const retrySeconds = new WeakMap<Error, number>();

export function withRetryAfter(error: TollgateError, seconds: number): TollgateError {
  retrySeconds.set(error, seconds);
  return error;
}

export function overloaded(retryAfterSeconds: number): TollgateError {
  const hint = `try again in ${retryAfterSeconds} s`;
  return withRetryAfter(errOverloaded('the queue of this model is full', { hint }), retryAfterSeconds);
}

/** A header for refusals that pass. */
export function retryAfterOf(error: TollgateError): Record<string, string> {
  const isPassing = error.statusCode === 429 || error.statusCode === 503;
  return isPassing ? { 'retry-after': String(retrySeconds.get(error) ?? 1) } : {};
}

const paramOfError = new WeakMap<Error, string>();

/** Names the request's field that is to blame. */
export function withParam(error: TollgateError, param: string): TollgateError {
  paramOfError.set(error, param);
  return error;
}

/** `within` is where in the request the parsed value stands. */
export function requestError(error: z.ZodError, within = ''): TollgateError {
  const pathOf = ({ path }: { readonly path: readonly PropertyKey[] }) =>
    [...(within === '' ? [] : [within]), ...path.map(String)].join('.');
  const problems = error.issues.map((each) =>
    pathOf(each) === '' ? each.message : `${pathOf(each)}: ${each.message}`,
  );
  return withParam(
    errRequestInvalid(problemList(problems)),
    error.issues[0] === undefined ? within : pathOf(error.issues[0]),
  );
}

export function asTollgateError(error: unknown): TollgateError {
  if (isTollgateError(error)) return error;
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (status === 415) {
    const hint = 'send JSON with content-type: application/json';
    return new TollgateError('TG_REQUEST_INVALID', status, message, { cause: error, hint });
  }
  if (status >= 400 && status < 500)
    return new TollgateError('TG_REQUEST_INVALID', status, message, { cause: error });
  return errGenerationFailed('the server failed to answer', { cause: error });
}

/** Fastify's own refusals (body too large, not JSON) carry a status. */
function statusOf(error: unknown): number {
  const has = typeof error === 'object' && error !== null && 'statusCode' in error;
  return has && typeof error.statusCode === 'number' ? error.statusCode : 500;
}

export function openAiError(error: TollgateError): OpenAiError {
  const message =
    error.hint === undefined || error.hint === '' ? error.message : `${error.message}. ${error.hint}`;
  return {
    error: {
      message,
      type: typeOf(error.statusCode),
      param: paramOfError.get(error) ?? null,
      code: openAiCodes[error.code] ?? null,
    },
  };
}

function typeOf(statusCode: number): string {
  if (statusCode === 401) return 'authentication_error';
  if (statusCode === 429) return 'rate_limit_error';
  return statusCode < 500 ? 'invalid_request_error' : 'server_error';
}
