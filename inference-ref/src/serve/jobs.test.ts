import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { systemClock } from '@tollgate/service-kit/clock';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { createJobStore } from './job-store.ts';
import { registerJobs } from './jobs.ts';

/** Status 0 is a request that is never answered; `hanging` tells of it, and then of its end. */
function bench(statuses: number[]) {
  let tellHanging: (closed: Promise<unknown>) => void = () => undefined;
  // Wrapped: a promise of a promise would wait for both.
  const hanging = new Promise<{ closed: Promise<unknown> }>((resolve) => {
    tellHanging = (closed) => resolve({ closed });
  });
  const app = fastify();
  const waits: number[] = [];
  const seen: Record<string, unknown>[] = [];
  app.post('/v1/completions', async (request, reply) => {
    seen.push(request.headers);
    const status = statuses.shift() ?? 200;
    if (status === 0) {
      reply.hijack();
      const closed = once(reply.raw, 'close');
      tellHanging(closed);
      await closed;
      return;
    }
    return await reply.code(status).header('retry-after', '7').send({ status });
  });
  const jobs = createJobStore({ ttlMs: 1000, maxJobs: 10, clock: systemClock });
  registerJobs(app, jobs, async (ms, signal) => {
    waits.push(ms);
    signal.throwIfAborted();
  });
  const submit = async () => {
    const payload = { endpoint: '/v1/completions', body: { prompt: 'a' } };
    const headers = { 'x-tenant-id': 'search', traceparent: '00-1-2-01', cookie: 'c' };
    const answer = await app.inject({ method: 'POST', url: '/v1/jobs', payload, headers });
    return { answer, id: answer.json<{ id: string }>().id };
  };
  const ended = async (id: string) => {
    for (;;) {
      const job = (await app.inject(`/v1/jobs/${id}`)).json<Record<string, unknown>>();
      if (job['status'] !== 'running') return job;
      await turn();
    }
  };
  return { app, waits, seen, submit, ended, hanging };
}

it('answers later, and says who asked', async () => {
  const { submit, ended, seen } = bench([200]);
  const { answer, id } = await submit();
  expect([answer.statusCode, answer.headers['location']]).toEqual([202, `/v1/jobs/${id}`]);
  expect(await ended(id)).toMatchObject({ status: 'succeeded', status_code: 200, result: { status: 200 } });
  expect(seen[0]).toMatchObject({ 'x-tenant-id': 'search', traceparent: '00-1-2-01' });
  expect(seen[0]).not.toHaveProperty('cookie');
});

it('waits where a direct request would be refused, as long as it is told to', async () => {
  const { submit, ended, waits } = bench([429, 429, 200]);
  const { id } = await submit();
  expect(await ended(id)).toMatchObject({ status: 'succeeded' });
  expect(waits).toEqual([7000, 7000]);
});

it('keeps what failed as it failed', async () => {
  const { submit, ended } = bench([400]);
  const { id } = await submit();
  expect(await ended(id)).toMatchObject({ status: 'failed', status_code: 400, result: { status: 400 } });
});

it('breaks off what it asked for when it is cancelled', async () => {
  const { app, submit, hanging } = bench([0]);
  const { id } = await submit();
  const { closed } = await hanging;
  const cancelled = await app.inject({ method: 'DELETE', url: `/v1/jobs/${id}` });
  expect(cancelled.json()).toMatchObject({ status: 'cancelled', result: null });
  await closed;
  const gone = await app.inject({ method: 'DELETE', url: '/v1/jobs/none' });
  expect(gone.statusCode).toBe(404);
});
