import { expect, it } from 'vitest';
import { createJobStore, type JobResult } from './job-store.ts';

function bench(maxJobs = 10) {
  let nowMs = 0;
  const clock = { nowMicros: () => nowMs * 1000, monotonicMs: () => nowMs };
  const jobs = createJobStore({ ttlMs: 1_000, maxJobs, clock });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { jobs, pass };
}

const settled = async () => await new Promise((resolve) => setImmediate(resolve));
const answers = (statusCode: number) => async (): Promise<JobResult> => ({ statusCode, body: { answer: 1 } });

it('keeps a result for its time to live and no longer', async () => {
  const { jobs, pass } = bench();
  expect(jobs.submit({ id: 'a', endpoint: '/x', run: answers(200) }).status).toBe('running');
  await settled();
  expect(jobs.get('a')).toMatchObject({ status: 'succeeded', result: { body: { answer: 1 } } });
  pass(999);
  expect(jobs.get('a')).toBeDefined();
  pass(2);
  expect(jobs.get('a')).toBeUndefined();
});

it('calls refusals and exceptions failed', async () => {
  const { jobs } = bench();
  jobs.submit({ id: 'a', endpoint: '/x', run: answers(400) });
  jobs.submit({
    id: 'b',
    endpoint: '/x',
    run: async () => {
      throw new Error('lost');
    },
  });
  await settled();
  expect(jobs.get('a')).toMatchObject({ status: 'failed', result: { statusCode: 400 } });
  expect(jobs.get('b')).toMatchObject({ status: 'failed', result: { body: { error: { message: 'lost' } } } });
});

it('cancels what runs, once and for good', async () => {
  const { jobs } = bench();
  const run = async (signal: AbortSignal) =>
    await new Promise<JobResult>((resolve) => {
      signal.addEventListener('abort', () => resolve({ statusCode: 200, body: 'too late' }));
    });
  jobs.submit({ id: 'a', endpoint: '/x', run });
  expect(jobs.remove('a')?.status).toBe('cancelled');
  await settled();
  expect(jobs.get('a')).toMatchObject({ status: 'cancelled', result: null });
});

it('forgets what has ended, so that another finds its place', async () => {
  const { jobs } = bench(1);
  jobs.submit({ id: 'a', endpoint: '/x', run: answers(200) });
  await settled();
  expect(() => jobs.submit({ id: 'b', endpoint: '/x', run: answers(200) })).toThrow(/jobs are kept/);
  expect(jobs.remove('a')?.status).toBe('succeeded');
  expect(jobs.get('a')).toBeUndefined();
  expect(jobs.submit({ id: 'b', endpoint: '/x', run: answers(200) }).status).toBe('running');
});

it('refuses more jobs than it may keep, and never forgets one that runs', async () => {
  const { jobs, pass } = bench(1);
  const never = async () => await new Promise<JobResult>(() => undefined);
  jobs.submit({ id: 'a', endpoint: '/x', run: never });
  pass(10_000);
  expect(() => jobs.submit({ id: 'b', endpoint: '/x', run: never })).toThrow(/jobs are kept/);
  expect(jobs.get('a')?.status).toBe('running');
});
