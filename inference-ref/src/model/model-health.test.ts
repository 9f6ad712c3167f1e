import { createLogger } from '@tollgate/service-kit/logger';
import { expect, it } from 'vitest';
import { createHealthMonitor, type HealthState } from './model-health.ts';

function bench() {
  let nowMs = 0;
  let answer: () => void = () => undefined;
  let present = true;
  const restarts: number[] = [];
  const changes: HealthState[] = [];
  const target = { name: 'm', probe: async () => answer(), restart: () => void restarts.push(nowMs) };
  const monitor = createHealthMonitor({
    targets: () => (present ? [target] : []),
    clock: { nowMicros: () => nowMs * 1000, monotonicMs: () => nowMs },
    log: createLogger({ name: 'test', level: 'silent' }),
    onChange: (_, { state }) => changes.push(state),
  });
  return {
    monitor,
    restarts,
    changes,
    answers: (takesMs: number, error?: string) => {
      answer = () => {
        nowMs += takesMs;
        if (error !== undefined) throw new Error(error);
      };
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    leave: () => {
      present = false;
    },
  };
}

it('is healthy when quick, degraded when slow, healthy again afterwards', async () => {
  const { monitor, answers, changes } = bench();
  for (const ms of [10, 6_000, 10]) {
    answers(ms);
    await monitor.check();
  }
  expect(changes).toEqual(['healthy', 'degraded', 'healthy']);
  expect(monitor.of('m')).toMatchObject({ state: 'healthy', lastProbeMs: 10 });
});

it('fails after three failures in a row and restarts at most once per cool-down', async () => {
  const { monitor, answers, changes, restarts, pass } = bench();
  answers(10, 'broken');
  for (let probe = 0; probe < 6; probe++) {
    await monitor.check();
    pass(60_000);
  }
  expect(changes.slice(0, 3)).toEqual(['degraded', 'degraded', 'failed']);
  expect(restarts).toHaveLength(1);
  for (let probe = 0; probe < 3; probe++) {
    await monitor.check();
    pass(60_000);
  }
  expect(restarts).toHaveLength(2);
  expect(monitor.of('m').lastError).toBe('broken');
  answers(10);
  await monitor.check();
  expect(monitor.of('m')).toMatchObject({ state: 'healthy', consecutiveFailures: 0 });
});

it('is failed at once where it was found hung, and not restarted a second time for the probes that failed with it', async () => {
  const { monitor, answers, restarts } = bench();
  monitor.fail('m', 'silent');
  expect(monitor.of('m')).toMatchObject({ state: 'failed', lastError: 'silent' });
  answers(10, 'silent');
  await monitor.check();
  expect(restarts).toEqual([]);
  answers(10);
  await monitor.check();
  expect(monitor.of('m')).toMatchObject({ state: 'healthy', lastError: null });
});

it('forgets a model that was unloaded', async () => {
  const { monitor, answers, leave } = bench();
  answers(10, 'broken');
  await monitor.check();
  leave();
  await monitor.check();
  expect(monitor.of('m').consecutiveFailures).toBe(0);
});
