import { expect, it } from 'vitest';
import { createRequestQueue, type QueueEntry } from './request-queue.ts';

const entry = (id: number, fields: Partial<QueueEntry> = {}): QueueEntry => ({
  ...{ id, tenant: 'a', priority: 0, arrivedAtMs: id },
  ...fields,
});

function order(queue: ReturnType<typeof createRequestQueue<QueueEntry>>, nowMs = 0, tokens = 0): number[] {
  const ids: number[] = [];
  for (let next = queue.first(nowMs); next !== undefined; next = queue.first(nowMs)) {
    queue.take(next);
    queue.charge(next.tenant, tokens);
    ids.push(next.id);
  }
  return ids;
}

it('serves by priority, then by arrival', () => {
  const queue = createRequestQueue({ capacity: 10, ageingMs: 1000 });
  for (const each of [entry(1), entry(2, { priority: 1 }), entry(3, { priority: -1 }), entry(4)])
    queue.push(each);
  expect(order(queue)).toEqual([3, 1, 4, 2]);
});

it('gives tenants turns by the tokens they were served, whoever came first', () => {
  const queue = createRequestQueue({ capacity: 10, ageingMs: 1000 });
  for (const id of [1, 2, 3, 4]) queue.push(entry(id, { tenant: 'greedy' }));
  queue.push(entry(5, { tenant: 'modest' }));
  queue.push(entry(6, { tenant: 'modest' }));
  expect(order(queue, 0, 100)).toEqual([1, 5, 2, 6, 3, 4]);
});

it('gives no credit for having been away', () => {
  const queue = createRequestQueue({ capacity: 20, ageingMs: 1000 });
  queue.push(entry(1, { tenant: 'busy' }));
  queue.charge('busy', 10_000);
  for (const id of [2, 3, 4]) queue.push(entry(id, { tenant: 'late' }));
  expect(order(queue, 0, 100)).toEqual([1, 2, 3, 4]);
});

it('lifts what waits long above later urgent work', () => {
  const queue = createRequestQueue({ capacity: 10, ageingMs: 1000 });
  queue.push(entry(1, { priority: 5, arrivedAtMs: 0 }));
  queue.push(entry(2, { priority: 0, arrivedAtMs: 5_900 }));
  expect(queue.first(4_000)?.id).toBe(2);
  expect(queue.first(6_500)?.id).toBe(1);
});

it('refuses beyond its capacity, but takes back what was preempted', () => {
  const queue = createRequestQueue({ capacity: 1, ageingMs: 1000 });
  expect(queue.push(entry(1))).toBe(true);
  expect(queue.push(entry(2))).toBe(false);
  queue.putBack(entry(3));
  expect(queue.length).toBe(2);
  expect(queue.remove(1)?.id).toBe(1);
  expect(queue.remove(1)).toBeUndefined();
});
