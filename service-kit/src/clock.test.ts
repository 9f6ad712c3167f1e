import { describe, expect, it } from 'vitest';
import { createClock } from './clock.ts';

const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

function setUp() {
  const time = { wallMs: START_MS, monotonicMs: 5_000 };
  const clock = createClock({ wallMs: () => Math.floor(time.wallMs), monotonicMs: () => time.monotonicMs });
  const pass = (ms: number): void => {
    time.wallMs += ms;
    time.monotonicMs += ms;
  };
  return { time, clock, pass };
}

describe('the wall clock', () => {
  it('has microseconds, which the system’s clock lacks', () => {
    const { clock, pass } = setUp();
    pass(0.25);
    expect(clock.nowMicros()).toBe(START_MS * 1000 + 250);
    pass(1_000.5);
    expect(clock.nowMicros()).toBe(START_MS * 1000 + 1_000_750);
  });

  it.each([
    ['set forward', 24 * HOUR_MS],
    ['set back', -HOUR_MS],
  ])('follows a clock that is %s, and goes on from there', (_what, jumpMs) => {
    const { time, clock, pass } = setUp();
    clock.nowMicros();
    time.wallMs += jumpMs;
    expect(clock.nowMicros()).toBe((START_MS + jumpMs) * 1000);
    pass(2.5);
    expect(clock.nowMicros()).toBe((START_MS + jumpMs) * 1000 + 2_500);
  });

  it('is right after the machine slept, while which the monotonic clock stood', () => {
    const { time, clock } = setUp();
    time.wallMs += HOUR_MS;
    expect(clock.nowMicros()).toBe((START_MS + HOUR_MS) * 1000);
  });

  it('does not follow what is within the forgiven drift, so that it does not step back and forth', () => {
    const { time, clock } = setUp();
    time.wallMs += 40;
    expect(clock.nowMicros()).toBe(START_MS * 1000);
  });
});
