import { expect, it } from 'vitest';
import { createRetryEstimate } from './retry-estimate.ts';

it('grows with the queue and with the time that a request takes, within a second and a minute', () => {
  const estimate = createRetryEstimate();
  expect(estimate.seconds(100)).toBe(1);
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 200) estimate.ended(nowMs);
  expect(estimate.seconds(2)).toBe(1);
  expect(estimate.seconds(50)).toBe(10);
  expect(estimate.seconds(10_000)).toBe(60);
});

it('takes no idle hour for slow service', () => {
  const estimate = createRetryEstimate();
  estimate.ended(0);
  estimate.ended(100);
  estimate.ended(3_600_000);
  expect(estimate.seconds(100)).toBe(10);
});
