import { describe, expect, it } from 'vitest';
import { createAdmission } from './admission.ts';

describe('createAdmission', () => {
  it('lets as many run as allowed and the others wait in order', async () => {
    const lane = createAdmission({ name: 'queries', maxRunning: 1, maxQueued: 2, maxWaitMs: 10_000 });
    const order: string[] = [];
    const releaseFirst = await lane.enter();
    const second = lane.enter().then((release) => {
      order.push('second');
      release();
    });
    const third = lane.enter().then((release) => {
      order.push('third');
      release();
    });
    expect([lane.running(), lane.queued()]).toEqual([1, 2]);
    await expect(lane.enter()).rejects.toMatchObject({ code: 202, type: 'TOO_MANY_SIMULTANEOUS_QUERIES' });
    releaseFirst();
    releaseFirst();
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
    expect([lane.running(), lane.queued()]).toEqual([0, 0]);
  });

  it('refuses with code 202 what waited too long', async () => {
    const lane = createAdmission({ name: 'queries', maxRunning: 1, maxQueued: 2, maxWaitMs: 1 });
    await lane.enter();
    await expect(lane.enter()).rejects.toMatchObject({ code: 202 });
    expect(lane.queued()).toBe(0);
  });

  it('forgets a waiter whose client went away', async () => {
    const lane = createAdmission({ name: 'queries', maxRunning: 1, maxQueued: 2, maxWaitMs: 10_000 });
    const release = await lane.enter();
    const controller = new AbortController();
    const waiting = lane.enter(controller.signal);
    controller.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    release();
    expect([lane.running(), lane.queued()]).toEqual([0, 0]);
  });
});
