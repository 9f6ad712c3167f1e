import { createLogger } from '@tollgate/service-kit/logger';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { auditAccess } from './access-audit.ts';
import type { OwnAuditEvent } from './audit-log.ts';

function openApp(append: (event: OwnAuditEvent) => Promise<void>) {
  let nowMs = 0;
  const clock = { nowMicros: () => 0, monotonicMs: () => nowMs };
  const app = Fastify();
  auditAccess(app, { audit: { append }, clock, log: createLogger({ name: 'test', level: 'silent' }) });
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send({});
    return undefined;
  });
  app.get('/api/v1/calls/:id', async () => ({}));
  app.get('/api/v1/spend', async () => ({}));
  const advance = (ms: number) => {
    nowMs += ms;
  };
  const get = (url: string, authorization?: string) =>
    app.inject({ url, headers: authorization === undefined ? {} : { authorization } });
  return { get, advance };
}

describe('auditAccess', () => {
  it('notes refusals and reads of personal data, and nothing else', async () => {
    const events: OwnAuditEvent[] = [];
    const { get } = openApp(async (event) => void events.push(event));
    await get('/api/v1/spend?from=x', 'Bearer a');
    await get('/api/v1/calls/7?from=x', 'Bearer a');
    await get('/api/v1/spend?token=secret');
    expect(events).toMatchObject([
      { type: 'data_access', status: 'success', resource: '/api/v1/calls/7', user: 'admin' },
      { type: 'permission_denied', status: 'denied', resource: '/api/v1/spend', user: '' },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('notes repetitions by their number', async () => {
    const events: OwnAuditEvent[] = [];
    const { get, advance } = openApp(async (event) => void events.push(event));
    for (let attempt = 0; attempt < 5; attempt += 1) await get('/api/v1/spend');
    advance(60_000);
    await get('/api/v1/spend');
    expect(events.map(({ details }) => details?.['repeats_before'])).toEqual([0, 4]);
  });

  it('notes refusals by their route, whatever ids a stranger makes up', async () => {
    const events: OwnAuditEvent[] = [];
    const { get } = openApp(async (event) => void events.push(event));
    for (let id = 0; id < 5; id += 1) await get(`/api/v1/calls/${id}`);
    expect(events).toHaveLength(1);
  });

  it('answers also when the audit log is down', async () => {
    const { get } = openApp(async () => {
      throw new Error('down');
    });
    expect((await get('/api/v1/calls/7', 'Bearer a')).statusCode).toBe(200);
  });
});
