// Every error of the collector in one shape, `ApiError`: a code to match on, a message, a hint where there is one.
import type { ApiError } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import { defineError, isTollgateError, type TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const errRequestInvalid = defineError('TG_REQUEST_INVALID', 400);
const errBodyTooLarge = defineError('TG_BODY_TOO_LARGE', 413);
const errTooManyRequests = defineError('TG_TOO_MANY_REQUESTS', 429);
const errInternal = defineError('TG_INTERNAL', 500);

export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const answer = answerOf(error);
    logAnswer(log, answer, { exception: error, route: request.routeOptions.url ?? '' });
    return reply.code(answer.statusCode).type('application/json').send(apiError(answer));
  });
}

/** A store that is down is told in one line a request, by those who watch it in more; a defect with all there is. */
function logAnswer(
  log: Logger,
  answer: TollgateError,
  about: { readonly exception: Error; readonly route: string },
): void {
  const { code } = answer;
  if (answer.statusCode === 503)
    log.warn({ code, route: about.route, reason: answer.message }, 'request.refused');
  else if (answer.statusCode >= 500) log.error({ code, ...about }, 'request.failed');
}

export function apiError({ code, message, hint }: TollgateError): ApiError {
  return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}

function answerOf(error: FastifyError): TollgateError {
  if (isTollgateError(error)) return error;
  if (error.validation !== undefined) return errRequestInvalid(error.message, { hint: hintOf(error) });
  const { statusCode = 500, message } = error;
  if (statusCode === 429) return errTooManyRequests('too many attempts', { hint: 'wait a minute' });
  if (statusCode === 413) return errBodyTooLarge(message, { hint: 'send smaller batches' });
  if (statusCode >= 400 && statusCode < 500) return errRequestInvalid(message, { hint: hintOf(error) });
  return errInternal('something went wrong', { cause: error, hint: "the collector's log says what" });
}

function hintOf(error: FastifyError): string {
  const missing = (error.validation ?? []).some((issue) => /\/(from|to)$/.test(issue.instancePath));
  return missing
    ? 'give `from` (inclusive) and `to` (exclusive) as RFC 3339 times, such as from=2026-01-01T00:00:00Z'
    : 'the OpenAPI page at /api/docs lists every parameter';
}
