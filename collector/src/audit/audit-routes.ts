// GET /audit and /audit/head: who did what, and how far the chain reaches. The caller has checked who asks.
import { ApiError, AuditAnswer, AuditHead, AuditQuery } from '@tollgate/contract';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import { readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import type { AuditLog } from './audit-log.ts';
import { readAuditPage } from './audit-records.ts';

export interface AuditRoutesDeps {
  readonly events: Pick<EventsStore, 'query'>;
  readonly audit: Pick<AuditLog, 'head' | 'flush'>;
}

const FAILURES = { 400: ApiError, 401: ApiError, 503: ApiError, 504: ApiError };

export function auditRoutes({ events, audit }: AuditRoutesDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    const app = instance.withTypeProvider<ZodTypeProvider>();
    app.get(
      '/audit',
      {
        schema: {
          tags: ['audit'],
          summary: 'Audit records by number, newest first unless asked otherwise',
          querystring: AuditQuery,
          response: { 200: AuditAnswer, ...FAILURES },
        },
      },
      async (request, reply) => {
        const { limit, cursor, order, ...filter } = request.query;
        // Refuses what is no range, as everywhere.
        readRange(filter);
        const found = await readAuditPage(events, {
          filter,
          order,
          after: cursor === undefined ? undefined : Number(cursor),
          limit: limit + 1,
          signal: abortOnDisconnect(reply),
        });
        const lastSeq = found[limit - 1]?.audit_seq;
        // A number that stands twice must not hide at the edge of a page.
        const records = found.filter(({ audit_seq }, index) => index < limit || audit_seq === lastSeq);
        return { records, next: found.length > records.length ? String(lastSeq) : null };
      },
    );
    app.get(
      '/audit/head',
      {
        schema: {
          tags: ['audit'],
          summary: 'The newest link of the chain; keep it elsewhere to prove later that nothing was cut off',
          response: { 200: AuditHead, ...FAILURES },
        },
      },
      async () => {
        const head = await audit.head();
        // Whoever checks the chain up to this head must find all of it.
        await audit.flush();
        return head;
      },
    );
  };
}
