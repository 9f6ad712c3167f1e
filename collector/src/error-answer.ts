// Every error of the collector in one shape, `ApiError`: a code to match on, a message, a hint where there is one.
import type { ApiError } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import { isTollgateError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Answer {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

export function answerErrors(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const answer = answerOf(error);
    if (answer.statusCode >= 500) {
      log.error({ exception: error, code: answer.code, route: request.routeOptions.url }, 'request.failed');
    }
    return reply.code(answer.statusCode).type('application/json').send(bodyOf(answer));
  });
}

export function bodyOf({ code, message, hint }: Omit<Answer, 'statusCode'>): ApiError {
  return { error: { code, message, ...(hint === undefined ? {} : { hint }) } };
}

function answerOf(error: FastifyError): Answer {
  if (isTollgateError(error)) {
    return { statusCode: error.statusCode, code: error.code, message: error.message, hint: error.hint };
  }
  if (error.validation !== undefined) {
    return {
      statusCode: 400,
      code: 'TG_REQUEST_INVALID',
      message: error.message,
      hint: hintOf(error),
    };
  }
  const statusCode = error.statusCode ?? 500;
  if (statusCode === 429) {
    return { statusCode, code: 'TG_TOO_MANY_REQUESTS', message: 'too many attempts', hint: 'wait a minute' };
  }
  if (statusCode === 413) return { statusCode, code: 'TG_BATCH_TOO_LARGE', message: error.message };
  if (statusCode >= 400 && statusCode < 500) {
    return { statusCode, code: 'TG_REQUEST_INVALID', message: error.message };
  }
  return { statusCode: 500, code: 'TG_INTERNAL', message: 'something went wrong; the log says what' };
}

function hintOf(error: FastifyError): string {
  const missing = (error.validation ?? []).some((issue) => /\/(from|to)$/.test(issue.instancePath));
  return missing
    ? 'give `from` (inclusive) and `to` (exclusive) as RFC 3339 times, such as from=2026-01-01T00:00:00Z'
    : 'the OpenAPI page at /api/docs lists every parameter';
}
