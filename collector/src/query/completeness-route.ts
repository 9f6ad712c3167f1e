// GET /completeness: seen, stored, spooled, dropped and missing calls, in sum and per sidecar boot.
import { ApiError, CompletenessAnswer, TimeRange } from '@tollgate/contract';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import { readRange } from '../reading/time-range.ts';
import { completenessOf, sumOf } from './completeness.ts';
import type { QueryDeps } from './query-deps.ts';

export function completenessRoute({ events }: QueryDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    instance.withTypeProvider<ZodTypeProvider>().get(
      '/completeness',
      {
        schema: {
          tags: ['ledger'],
          summary: 'Whether every call that a sidecar saw is accounted for',
          querystring: TimeRange,
          response: { 200: CompletenessAnswer, 400: ApiError, 401: ApiError, 503: ApiError },
        },
      },
      async (request, reply) => {
        const boots = await completenessOf(events, readRange(request.query), abortOnDisconnect(reply));
        return { ...sumOf(boots), sidecars: boots };
      },
    );
  };
}
