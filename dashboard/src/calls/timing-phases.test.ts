import { describe, expect, it } from 'vitest';
import { timingPhases, tokensPerSecond } from './timing-phases.ts';

const CALL = {
  gateway_queue_ms: 2,
  connect_ms: 30,
  time_to_first_byte_ms: 200,
  time_to_first_reasoning_ms: null,
  time_to_first_answer_ms: 260,
  duration_ms: 1260,
};
const shape = (call: typeof CALL | Parameters<typeof timingPhases>[0]) =>
  timingPhases(call).map(({ name, startMs, lengthMs }) => [name, startMs, lengthMs]);

describe('timingPhases', () => {
  it('adds up to the duration', () => {
    expect(shape(CALL)).toEqual([
      ['gateway', 0, 2],
      ['connect', 2, 30],
      ['first_byte', 32, 168],
      ['first_token', 200, 60],
      ['generation', 260, 1000],
    ]);
  });

  it('takes the first reasoning token as the first token', () => {
    expect(shape({ ...CALL, time_to_first_reasoning_ms: 210, connect_ms: 0 }).slice(1)).toEqual([
      ['first_byte', 2, 198],
      ['first_token', 200, 10],
      ['generation', 210, 1050],
    ]);
  });

  it('has no phases beyond those that were reached', () => {
    expect(
      shape({
        ...CALL,
        connect_ms: null,
        time_to_first_byte_ms: null,
        time_to_first_answer_ms: null,
        duration_ms: 50,
      }),
    ).toEqual([
      ['gateway', 0, 2],
      ['generation', 2, 48],
    ]);
  });

  it('never runs past the end, whatever was measured', () => {
    const phases = timingPhases({ ...CALL, time_to_first_byte_ms: 9000, duration_ms: 100 });
    expect(phases.reduce((sum, { lengthMs }) => sum + lengthMs, 0)).toBe(100);
  });
});

describe('tokensPerSecond', () => {
  it('counts the tokens after the first one', () => {
    expect(tokensPerSecond(CALL, 101)).toBe(100);
    expect(tokensPerSecond(CALL, 1)).toBeNull();
  });
});
