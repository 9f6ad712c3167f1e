// The HTTP side of the reference server: one fastify instance, OpenAI's error shapes, an optional key.

import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { TollgateError } from '@tollgate/service-kit/tollgate-error';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { anthropicError } from './anthropic-error.ts';
import { limitBodies } from './body-limit.ts';
import { registerChatCompletions } from './chat-completions.ts';
import { registerCompletions } from './completions.ts';
import { registerEmbeddings } from './embeddings.ts';
import type { JobStore } from './job-store.ts';
import { registerJobs } from './jobs.ts';
import { registerMessages } from './messages.ts';
import { registerModelAdmin, registerModels } from './models-route.ts';
import { limitNesting } from './nesting-limit.ts';
import {
  asTollgateError,
  errKeyInvalid,
  errRequestInvalid,
  openAiError,
  retryAfterOf,
} from './openai-error.ts';
import { registerOperations } from './operations-routes.ts';
import { type RequestRecorder, recordRequests } from './request-record.ts';
import { registerSchedulePage, type ScheduleLog } from './schedule-page.ts';
import type { ServeContext } from './serve-context.ts';
import { registerTokenize } from './tokenize.ts';

export interface InferenceServerOptions {
  readonly context: ServeContext;
  readonly jobs: JobStore;
  readonly scheduleLog: ScheduleLog;
  readonly maxBodyBytes: number;
  readonly apiKey: string | undefined;
  /** Gets a record of each request; null for nobody. */
  readonly recorder: RequestRecorder | null;
}

export function createInferenceServer(options: InferenceServerOptions): FastifyInstance {
  const { context, maxBodyBytes, apiKey } = options;
  const app = fastify({
    bodyLimit: maxBodyBytes,
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
    keepAliveTimeout: 75_000,
    requestTimeout: 120_000,
    // A URL that cannot be read reaches no route and no hook.
    frameworkErrors: (error, request, anyReply) => {
      // Typed for every kind of route at once; there is none here.
      const reply = anyReply as unknown as FastifyReply;
      const refusal = asTollgateError(error);
      void reply.code(refusal.statusCode).headers(idHeaders(request)).send(errorBody(request, refusal));
    },
  });
  recordRequests(app, options.recorder, context.clock);
  // Before anything is read of a body.
  if (apiKey !== undefined) app.addHook('onRequest', async (request) => checkKey(request, apiKey));
  limitBodies(app, maxBodyBytes);
  limitNesting(app);
  app.addHook('onSend', async (request, reply) => {
    reply.headers(idHeaders(request));
  });
  app.setErrorHandler<FastifyError>(async (error, request, reply) => {
    const refusal = asTollgateError(error);
    if (refusal.statusCode >= 500) {
      context.log.error({ request_id: request.id, exception: error }, 'request.failed');
    }
    if (request.record !== null) request.record.errorCode = refusal.code;
    // What a full queue refuses was counted under its model.
    if (refusal.code !== 'TG_OVERLOADED')
      context.metrics.refused(request.routeOptions.url ?? 'unknown', refusal.statusCode);
    const body = errorBody(request, refusal);
    return await reply.code(refusal.statusCode).headers(retryAfterOf(refusal)).send(body);
  });
  // Text of another kind would otherwise come through as one string.
  app.removeContentTypeParser('text/plain');
  app.setNotFoundHandler(async (request, reply) => {
    const url = request.url.split('?')[0] ?? '';
    const allowed = METHODS.filter((method) => app.hasRoute({ url, method }));
    const error = errRequestInvalid(
      allowed.length === 0
        ? `there is nothing at ${url}`
        : `${url} takes ${allowed.join(', ')}, not ${request.method}`,
    );
    if (allowed.length > 0) reply.header('allow', allowed.join(', '));
    return await reply.code(allowed.length === 0 ? 404 : 405).send(errorBody(request, error));
  });
  registerModels(app, context);
  registerChatCompletions(app, context);
  registerCompletions(app, context);
  registerMessages(app, context);
  registerEmbeddings(app, context);
  registerTokenize(app, context);
  registerJobs(app, options.jobs);
  registerModelAdmin(app, context);
  registerSchedulePage(app, context, options.scheduleLog);
  registerOperations(app, context);
  return app;
}

type Identified = Pick<FastifyRequest, 'id' | 'url'>;

const isAnthropic = ({ url }: Identified) => url.startsWith('/v1/messages');

function errorBody(request: Identified, error: TollgateError): object {
  return isAnthropic(request) ? anthropicError(error) : openAiError(error);
}

/** Anthropic's clients show `request-id`. */
function idHeaders(request: Identified): Record<string, string> {
  return { 'x-request-id': request.id, ...(isAnthropic(request) ? { 'request-id': request.id } : {}) };
}

const METHODS = ['GET', 'POST', 'DELETE'];
const OPEN_PATHS = new Set(['/healthz', '/readyz', '/health', '/metrics']);

function checkKey(request: FastifyRequest, apiKey: string): void {
  if (OPEN_PATHS.has(request.routeOptions.url ?? '')) return;
  const { authorization } = request.headers;
  const header = request.headers['x-api-key'];
  const given = authorization?.replace(/^Bearer /i, '') ?? (typeof header === 'string' ? header : '');
  const a = Buffer.from(given);
  const b = Buffer.from(apiKey);
  if (a.length === b.length && timingSafeEqual(a, b)) return;
  throw errKeyInvalid('the API key is missing or wrong', { hint: 'send it as Authorization: Bearer …' });
}
