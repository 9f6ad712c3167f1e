// Questions about money limits, advice, findings and GPUs; the caller has checked who asks.
import {
  ApiError,
  BudgetsAnswer,
  FindingsAnswer,
  FindingsQuery,
  GpusAnswer,
  GpusQuery,
  RecommendationsAnswer,
  TimeRange,
} from '@tollgate/contract';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import { readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import type { BudgetBook } from './budget-book.ts';
import { listFindings } from './findings.ts';
import { listGpus } from './gpus.ts';
import { recommend } from './recommendations.ts';

export interface GovernanceDeps {
  readonly events: Pick<EventsStore, 'query'>;
  readonly budgets: BudgetBook;
}

const FAILURES = { 400: ApiError, 401: ApiError, 503: ApiError, 504: ApiError };

export function governanceRoutes({ events, budgets }: GovernanceDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    const app = instance.withTypeProvider<ZodTypeProvider>();
    app.get(
      '/budgets',
      {
        schema: {
          tags: ['governance'],
          summary: 'Budgets in their running period, with what is spent and left',
          response: { 200: BudgetsAnswer, ...FAILURES },
        },
      },
      async (_request, reply) => ({ budgets: await budgets.statuses(abortOnDisconnect(reply)) }),
    );
    app.get(
      '/recommendations',
      {
        schema: {
          tags: ['governance'],
          summary: 'What could be saved, each with its evidence, largest first',
          querystring: TimeRange,
          response: { 200: RecommendationsAnswer, ...FAILURES },
        },
      },
      async (request, reply) =>
        recommend({ events, range: readRange(request.query), signal: abortOnDisconnect(reply) }),
    );
    app.get(
      '/findings',
      {
        schema: {
          tags: ['governance'],
          summary: 'What the content filter recognised, newest first',
          querystring: FindingsQuery,
          response: { 200: FindingsAnswer, ...FAILURES },
        },
      },
      async (request, reply) => listFindings(events, request.query, abortOnDisconnect(reply)),
    );
    app.get(
      '/gpus',
      {
        schema: {
          tags: ['governance'],
          summary: 'GPUs: the newest sample of each, and their use over time',
          querystring: GpusQuery,
          response: { 200: GpusAnswer, ...FAILURES },
        },
      },
      async (request, reply) => listGpus(events, request.query, abortOnDisconnect(reply)),
    );
  };
}
