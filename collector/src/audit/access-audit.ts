// Notes in the audit log who was turned away and who read single calls, findings, the audit log or an export. It watches
// answers and changes none; trouble with the audit log is logged and never becomes the asker's trouble.
import type { AuditEvent } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditLog, OwnAuditEvent } from './audit-log.ts';

export interface AccessAuditDeps {
  readonly audit: Pick<AuditLog, 'append'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Routes that show what single persons did; sums and rates are no personal data. */
const PERSONAL_DATA = /\/(?:calls|calls\/:id|findings|audit|exports\/.*)$/;
/** The same access from the same address is noted once in this time, with the number of repetitions at its next note. */
const REPEAT_MS = 60_000;
const MAX_REMEMBERED = 10_000;

interface Noted {
  readonly atMs: number;
  repeats: number;
}

/** Call it on the instance that holds the routes to watch, before they are added. */
export function auditAccess(app: FastifyInstance, { audit, clock, log }: AccessAuditDeps): void {
  const noted = new Map<string, Noted>();

  app.addHook('onResponse', async (request, reply) => {
    const event = accessEvent(request, reply);
    if (event === undefined) return;
    const key = keyOf(event, request.routeOptions.url ?? '');
    const before = noted.get(key);
    const nowMs = clock.monotonicMs();
    if (before !== undefined && nowMs - before.atMs < REPEAT_MS) {
      before.repeats += 1;
      return;
    }
    noted.delete(key);
    noted.set(key, { atMs: nowMs, repeats: 0 });
    if (noted.size > MAX_REMEMBERED) noted.delete([...noted.keys()][0] ?? '');
    try {
      await audit.append({ ...event, details: { ...event.details, repeats_before: before?.repeats ?? 0 } });
    } catch (error) {
      log.error({ exception: error, auditEvent: event.type }, 'audit.append_failed');
    }
  });
}

/** Whoever is turned away chooses the path, so a refusal counts by its route: guessed ids must not fill the log. */
function keyOf({ type, resource, action, source_address }: OwnAuditEvent, route: string): string {
  return [type, type === 'permission_denied' ? route : resource, action, source_address].join('\n');
}

function accessEvent(request: FastifyRequest, reply: FastifyReply): OwnAuditEvent | undefined {
  const kind = accessKind(request, reply.statusCode);
  if (kind === undefined) return undefined;
  return {
    ...kind,
    resource: (request.url.split('?')[0] ?? '').slice(0, 512),
    action: request.method,
    user: kind.type === 'data_access' ? 'admin' : '',
    source_address: request.ip.slice(0, 64),
    details: { endpoint: request.routeOptions.url ?? '', status_code: reply.statusCode },
  };
}

function accessKind(
  request: FastifyRequest,
  statusCode: number,
): Pick<AuditEvent, 'type' | 'status'> | undefined {
  if (statusCode === 401 || statusCode === 403) return { type: 'permission_denied', status: 'denied' };
  const isRead = statusCode < 400 && PERSONAL_DATA.test(request.routeOptions.url ?? '');
  return isRead ? { type: 'data_access', status: 'success' } : undefined;
}
