// Requests that are answered later: submitted, run in the background, polled, forgotten after a while. Bounded; it knows
// nothing of HTTP.

import type { Clock } from '@tollgate/service-kit/clock';
import { defineError } from '@tollgate/service-kit/tollgate-error';

export const errJobsFull = defineError('TG_JOBS_FULL', 429);

export interface JobResult {
  readonly statusCode: number;
  readonly body: unknown;
}

export interface Job {
  readonly id: string;
  readonly endpoint: string;
  readonly createdAtMs: number;
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly finishedAtMs: number | null;
  readonly result: JobResult | null;
}

export interface JobStore {
  readonly size: number;
  submit(job: { id: string; endpoint: string; run: (signal: AbortSignal) => Promise<JobResult> }): Job;
  get(id: string): Job | undefined;
  /** Cancels one that runs, forgets one that has ended. */
  remove(id: string): Job | undefined;
  /** Cancels what runs and waits for it. */
  stop(): Promise<void>;
}

export interface JobStoreOptions {
  readonly ttlMs: number;
  readonly maxJobs: number;
  readonly clock: Clock;
}

interface Entry {
  job: Job;
  readonly controller: AbortController;
  readonly done: Promise<void>;
}

export function createJobStore({ ttlMs, maxJobs, clock }: JobStoreOptions): JobStore {
  const entries = new Map<string, Entry>();
  const nowMs = () => clock.nowMicros() / 1000;

  /** Old results go first; a job that still runs is never forgotten. */
  const sweep = () => {
    const now = nowMs();
    for (const [id, { job }] of entries) {
      if (job.finishedAtMs !== null && now - job.finishedAtMs > ttlMs) entries.delete(id);
    }
  };
  const settle = (id: string, status: Job['status'], result: JobResult | null) => {
    const entry = entries.get(id);
    if (entry === undefined || entry.job.status !== 'running') return;
    entry.job = { ...entry.job, status, result, finishedAtMs: nowMs() };
  };

  return {
    get size() {
      return entries.size;
    },
    submit({ id, endpoint, run }) {
      sweep();
      if (entries.size >= maxJobs) {
        throw errJobsFull(`${maxJobs} jobs are kept already`, {
          hint: 'delete results that you have, or wait until old ones expire',
        });
      }
      const controller = new AbortController();
      const job: Job = {
        id,
        endpoint,
        createdAtMs: nowMs(),
        status: 'running',
        finishedAtMs: null,
        result: null,
      };
      const done = run(controller.signal).then(
        (result) => settle(id, result.statusCode < 400 ? 'succeeded' : 'failed', result),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          settle(id, 'failed', { statusCode: 500, body: { error: { message } } });
        },
      );
      entries.set(id, { job, controller, done });
      return job;
    },
    get(id) {
      sweep();
      return entries.get(id)?.job;
    },
    remove(id) {
      const entry = entries.get(id);
      if (entry === undefined || entry.job.status !== 'running') {
        entries.delete(id);
        return entry?.job;
      }
      settle(id, 'cancelled', null);
      entry.controller.abort();
      return entry.job;
    },
    async stop() {
      for (const { controller } of entries.values()) controller.abort();
      await Promise.all(Array.from(entries.values(), ({ done }) => done));
    },
  };
}
