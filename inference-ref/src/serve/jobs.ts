// POST /v1/jobs takes a request now and answers it later; GET polls, DELETE cancels or forgets. A job runs through the same routes
// as a direct request, so it is checked, counted and limited alike.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Job, JobResult, JobStore } from './job-store.ts';
import { errJobUnknown, errRequestInvalid, requestError, withParam } from './openai-error.ts';

const jobSchema = z.object({
  endpoint: z.enum(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/messages']),
  body: z.looseObject({ stream: z.boolean().nullish() }),
});

type JobRequest = z.infer<typeof jobSchema>;

/** Who asks, for whom, and in which trace. */
const PASSED_ON = ['authorization', 'x-api-key', 'x-tenant-id', 'traceparent', 'tracestate'];

const KEY_HEADER = 'x-tollgate-job-key';
const SHORTEST_WAIT_SECONDS = 1;

type Headers = Readonly<Record<string, string>>;
type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export function registerJobs(app: FastifyInstance, jobs: JobStore, wait: Wait = waitMs): void {
  const inject = createInjector(app);
  /** A job has time: it asks again where a direct request would be refused for want of room. */
  const answerOf = async (job: JobRequest, headers: Headers, signal: AbortSignal): Promise<JobResult> => {
    const { endpoint, body } = job;
    for (;;) {
      const answer = await inject({ url: endpoint, payload: body, headers, signal });
      if (answer.statusCode !== 429) return { statusCode: answer.statusCode, body: answer.json<unknown>() };
      const seconds = Number(answer.headers['retry-after']);
      await wait(1000 * Math.max(SHORTEST_WAIT_SECONDS, Number.isFinite(seconds) ? seconds : 0), signal);
    }
  };
  app.post('/v1/jobs', async (request, reply) => {
    const parsed = jobSchema.safeParse(request.body ?? {});
    if (!parsed.success) throw requestError(parsed.error);
    const { data } = parsed;
    if (data.body.stream === true)
      throw withParam(errRequestInvalid('a job has no stream to write to'), 'body.stream');
    const headers = passedOn(request);
    const run = async (signal: AbortSignal) => await answerOf(data, headers, signal);
    const job = jobs.submit({ id: `job_${randomUUID()}`, endpoint: data.endpoint, run });
    return await reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobFields(job));
  });
  app.get('/v1/jobs/:id', (request) => jobFields(known(jobs.get(idOf(request.params)))));
  app.delete('/v1/jobs/:id', (request) => jobFields(known(jobs.remove(idOf(request.params)))));
}

interface Injection {
  readonly url: string;
  readonly payload: object;
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/** Requests from within, whose connection breaks where the signal says so. Nobody outside can know a key. */
function createInjector(app: FastifyInstance) {
  const signals = new Map<string, AbortSignal>();
  app.addHook('onRequest', async (request, reply) => {
    const key = request.headers[KEY_HEADER];
    const signal = typeof key === 'string' ? signals.get(key) : undefined;
    signal?.addEventListener('abort', () => reply.raw.destroy(), { once: true });
  });
  return async ({ url, payload, headers, signal }: Injection) => {
    signal.throwIfAborted();
    const key = randomUUID();
    signals.set(key, signal);
    try {
      return await app.inject({ method: 'POST', url, payload, headers: { ...headers, [KEY_HEADER]: key } });
    } finally {
      signals.delete(key);
    }
  };
}

async function waitMs(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}

function passedOn({ headers }: FastifyRequest): Headers {
  const entries = PASSED_ON.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return Object.fromEntries(entries);
}

function idOf(params: unknown): string {
  return (params as { id: string }).id;
}

function known(job: Job | undefined): Job {
  if (job === undefined)
    throw errJobUnknown('there is no such job', { hint: 'results are kept for a limited time' });
  return job;
}

function jobFields(job: Job): object {
  const seconds = (ms: number | null) => (ms === null ? null : Math.floor(ms / 1000));
  return {
    id: job.id,
    object: 'job',
    endpoint: job.endpoint,
    status: job.status,
    created_at: seconds(job.createdAtMs),
    finished_at: seconds(job.finishedAtMs),
    status_code: job.result?.statusCode ?? null,
    result: job.result?.body ?? null,
  };
}
