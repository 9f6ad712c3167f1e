import { expect, it } from 'vitest';
import { findRunWindow, inWindow } from './run-window.ts';
import { sampleCall } from './sample-call.fixture.ts';

const early = sampleCall({ index: 0, scheduledMs: -0.19, sentMs: -0.15, closedMs: 100 });
const later = sampleCall({ index: 1, scheduledMs: 50, sentMs: 50.1, closedMs: 150 });

it('keeps a first call that started a fraction of a millisecond early', () => {
  const window = findRunWindow({ records: [early, later], warmupMs: 0, cooldownMs: 0, rampUpMs: 0 });
  expect([early, later].map((call) => inWindow(call, window))).toEqual([true, true]);
});

it('cuts what was sent during the warm-up and the cool-down', () => {
  const last = sampleCall({ index: 2, scheduledMs: 90, sentMs: 90, closedMs: 190 });
  const window = findRunWindow({
    records: [early, later, last],
    warmupMs: 10,
    cooldownMs: 20,
    rampUpMs: 0,
  });
  expect([early, later, last].map((call) => inWindow(call, window))).toEqual([false, true, false]);
});
