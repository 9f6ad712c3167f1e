import { expect, it } from 'vitest';
import type { GenerationListener } from '../engine/engine-callers.ts';
import type { EngineClient } from '../engine/engine-client.ts';
import { createBatchPolicy } from '../scheduler/batch-policy.ts';
import { createRequestQueue, type QueueEntry } from '../scheduler/request-queue.ts';
import type { LoadedModel } from './loaded-model.ts';
import { probeTarget } from './model-probe.ts';

const NOW_MS = 3_600_000;

function bench() {
  let asked: QueueEntry | undefined;
  let tell: (event: object) => void = () => undefined;
  const generate: EngineClient['generate'] = (request, listener: GenerationListener) => {
    asked = { ...request, id: 2 };
    tell = (event) => listener({ id: 2, ...event } as never);
    return 2;
  };
  // A probe touches these parts of a model alone.
  const model = {
    directory: { name: 'm', endTokenIds: [7] },
    engine: { generate },
  } as unknown as LoadedModel;
  const target = probeTarget(model, { nowMicros: () => 0, monotonicMs: () => NOW_MS });
  const answered = target.probe();
  if (asked === undefined) throw new Error('nothing was asked');
  return { answered, asked, tell };
}

it('stands first in line, however much others have been raised for waiting', async () => {
  const { asked, answered, tell } = bench();
  const queue = createRequestQueue<QueueEntry>({ capacity: 10, ageingMs: 1 });
  queue.push({ id: 1, tenant: 'a', priority: -100, arrivedAtMs: 0 });
  queue.push(asked);
  expect(queue.first(NOW_MS)).toBe(asked);
  tell({ kind: 'finished' });
  await answered;
});

it('closes no batch that waits for company', async () => {
  const { asked, answered, tell } = bench();
  const queue = createRequestQueue<QueueEntry>({ capacity: 10, ageingMs: 10_000 });
  queue.push({ id: 1, tenant: 'a', priority: 0, arrivedAtMs: NOW_MS - 1 });
  queue.push(asked);
  const policy = createBatchPolicy({ scheduler: 'dynamic', maxBatch: 8, maxWaitMs: 50 });
  const oldestArrivalMs = queue.oldestArrivalMs();
  const state = { live: 0, waiting: queue.length, oldestArrivalMs };
  expect(policy.mayAdmit({ ...state, nowMs: NOW_MS })).toBe(false);
  expect(policy.mayAdmit({ ...state, nowMs: NOW_MS + 49 })).toBe(true);
  tell({ kind: 'finished' });
  await answered;
});

it('is no failure where the queue is full, and one where the engine fails', async () => {
  const full = bench();
  full.tell({ kind: 'rejected' });
  await full.answered;
  const failed = bench();
  failed.tell({ kind: 'failed', message: 'broken' });
  await expect(failed.answered).rejects.toThrow('broken');
});
