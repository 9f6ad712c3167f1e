// GET /completeness: seen, stored, spooled, dropped and missing calls, in sum and per sidecar boot.
import { ApiError, CompletenessAnswer, TimeRange } from '@tollgate/contract';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { abortOnDisconnect } from './abort-on-disconnect.ts';
import { completenessOf, sumOf } from './completeness.ts';
import type { QueryDeps } from './query-deps.ts';
import { readRange } from './time-range.ts';

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
