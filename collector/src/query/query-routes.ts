// The questions of the query API, each in its own file; the caller has checked who asks.
import type { FastifyInstance } from 'fastify';
import { callsRoutes } from './calls-routes.ts';
import { completenessRoute } from './completeness-route.ts';
import { latencyRoute } from './latency-route.ts';
import { liveRoute } from './live-route.ts';
import type { QueryDeps } from './query-deps.ts';
import { spendRoute } from './spend-route.ts';

export function queryRoutes(deps: QueryDeps) {
  return async (app: FastifyInstance): Promise<void> => {
    for (const route of [spendRoute, latencyRoute, callsRoutes, completenessRoute, liveRoute]) {
      await app.register(route(deps));
    }
  };
}
