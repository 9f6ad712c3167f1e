// Load tests over HTTP: handed in by the harness, listed and read by the dashboard. The caller has checked who asks.
import { ApiError, LoadTestRun, LoadTestsAnswer, LoadTestsQuery } from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import type { LoadTestStore } from './load-test-store.ts';

const errNoSuchRun = defineError('TG_LOAD_TEST_NOT_FOUND', 404);
const FAILURES = { 400: ApiError, 401: ApiError, 503: ApiError, 504: ApiError };
/** Reports of long runs carry a line for every second. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;

export function loadTestRoutes(loadTests: LoadTestStore) {
  return async (instance: FastifyInstance): Promise<void> => {
    const app = instance.withTypeProvider<ZodTypeProvider>();
    app.post(
      '/load-tests',
      {
        bodyLimit: BODY_LIMIT_BYTES,
        schema: {
          tags: ['load tests'],
          summary: 'Stores the report of a load test; storing it again changes nothing',
          body: LoadTestRun,
          response: { 201: z.object({ id: z.string() }), 413: ApiError, ...FAILURES },
        },
      },
      async (request, reply) => {
        await loadTests.store(request.body);
        return reply.code(201).send({ id: request.body.id });
      },
    );
    app.get(
      '/load-tests',
      {
        schema: {
          tags: ['load tests'],
          summary: 'Load tests started in the range, newest first',
          querystring: LoadTestsQuery,
          response: { 200: LoadTestsAnswer, ...FAILURES },
        },
      },
      async (request, reply) => loadTests.list(request.query, abortOnDisconnect(reply)),
    );
    app.get(
      '/load-tests/:id',
      {
        schema: {
          tags: ['load tests'],
          summary: 'The whole report of one load test',
          params: z.object({ id: z.uuid() }),
          response: { 200: LoadTestRun, 404: ApiError, ...FAILURES },
        },
      },
      async (request, reply) => {
        const run = await loadTests.find(request.params.id, abortOnDisconnect(reply));
        if (run === null) {
          throw errNoSuchRun(`no load test has the id ${request.params.id}`, {
            hint: 'list them with GET /api/v1/load-tests',
          });
        }
        return run;
      },
    );
  };
}
