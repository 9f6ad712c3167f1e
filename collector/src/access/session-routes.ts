// Log in and out of the dashboard: exchanges the admin token for a cookie that scripts cannot read and other sites cannot send.
import { randomUUID } from 'node:crypto';
import { ApiError, type AuditEvent, formatTimestamp } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditPort } from '../audit-port.ts';
import { type AdminAccess, errCrossOrigin, isSameOrigin } from './admin-access.ts';

const errLoginFailed = defineError('TG_LOGIN_FAILED', 401);

const LoginBody = z.object({ token: z.string().min(1).max(512) });
const SessionAnswer = z.object({ logged_in: z.boolean() });

export interface SessionRoutesDeps {
  readonly access: AdminAccess;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly log: Logger;
}

export function sessionRoutes(deps: SessionRoutesDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    const app = instance.withTypeProvider<ZodTypeProvider>();
    app.post(
      '/login',
      {
        config: { rateLimit: { max: 20, timeWindow: 60_000 } },
        schema: {
          tags: ['session'],
          summary: 'Exchange the admin token for a session cookie',
          body: LoginBody,
          response: { 200: SessionAnswer, 401: ApiError, 403: ApiError },
        },
      },
      async (request, reply) => {
        if (request.headers.origin !== undefined && !isSameOrigin(request)) {
          throw errCrossOrigin('another page may not log in here', {
            hint: 'log in from the dashboard of this collector',
          });
        }
        const granted = deps.access.isAdminToken(request.body.token);
        await record(deps, request, { type: 'user_login', status: granted ? 'success' : 'denied' });
        if (!granted) {
          throw errLoginFailed('this is not the admin token', {
            hint: 'open the link that `npm start` printed, or paste TOLLGATE_ADMIN_TOKEN',
          });
        }
        reply.header('set-cookie', deps.access.newSession());
        return { logged_in: true };
      },
    );
    app.post(
      '/logout',
      {
        schema: { tags: ['session'], summary: 'Forget the session cookie', response: { 200: SessionAnswer } },
      },
      async (request, reply) => {
        // Nobody logs out who was not in: a stranger must not write the audit log full.
        if (deps.access.hasSession(request)) {
          await record(deps, request, { type: 'user_logout', status: 'success' });
        }
        reply.header('set-cookie', deps.access.endedSession());
        return { logged_in: false };
      },
    );
  };
}

/** A trouble with the audit log must not lock an operator out: it is logged and the login goes on. */
async function record(
  deps: SessionRoutesDeps,
  request: FastifyRequest,
  event: Pick<AuditEvent, 'type' | 'status'>,
): Promise<void> {
  const event_id = randomUUID();
  try {
    await deps.audit.appendBatch({
      batchId: `collector:${event_id}`,
      events: [
        {
          ...event,
          event_id,
          occurred_at: formatTimestamp(deps.clock.nowMicros()),
          application: 'collector',
          user: 'admin',
          resource: 'dashboard',
          action: event.type === 'user_login' ? 'login' : 'logout',
          source_address: request.ip,
          details: { endpoint: request.routeOptions.url ?? '' },
        },
      ],
    });
  } catch (error) {
    deps.log.error({ exception: error, auditEvent: event.type }, 'audit.append_failed');
  }
}
