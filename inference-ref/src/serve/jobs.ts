// POST /v1/jobs takes a request now and answers it later; GET polls, DELETE cancels. A job runs through the same routes
// as a direct request, so it is checked, counted and limited alike.

import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Job, JobResult, JobStore } from './job-store.ts';
import { errJobUnknown, errRequestInvalid, requestError, withParam } from './openai-error.ts';

const jobSchema = z.object({
  endpoint: z.enum(['/v1/chat/completions', '/v1/completions', '/v1/embeddings', '/v1/messages']),
  body: z.looseObject({ stream: z.boolean().nullish() }),
});

/** Who asks, for whom, and in which trace. */
const PASSED_ON = ['authorization', 'x-api-key', 'x-tenant-id', 'traceparent', 'tracestate'];

export function registerJobs(app: FastifyInstance, jobs: JobStore): void {
  app.post('/v1/jobs', async (request, reply) => {
    const parsed = jobSchema.safeParse(request.body ?? {});
    if (!parsed.success) throw requestError(parsed.error);
    const { endpoint, body } = parsed.data;
    if (body.stream === true)
      throw withParam(errRequestInvalid('a job has no stream to write to'), 'body.stream');
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(
        ([name, value]) => PASSED_ON.includes(name) && value !== undefined,
      ),
    );
    const run = async (signal: AbortSignal): Promise<JobResult> => {
      const answer = await app.inject({ method: 'POST', url: endpoint, payload: body, headers, signal });
      return { statusCode: answer.statusCode, body: answer.json<unknown>() };
    };
    const job = jobs.submit({ id: `job_${randomUUID()}`, endpoint, run });
    return await reply.code(202).header('location', `/v1/jobs/${job.id}`).send(jobFields(job));
  });
  app.get('/v1/jobs/:id', (request) => jobFields(known(jobs.get(idOf(request.params)))));
  app.delete('/v1/jobs/:id', (request) => jobFields(known(jobs.cancel(idOf(request.params)))));
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
