import { expect, it } from 'vitest';
import type { IterationRecord } from '../engine/engine-events.ts';
import { drawSchedule } from './schedule-drawing.ts';

const record = (fields: Partial<IterationRecord>): IterationRecord => ({
  ...{
    startedAtMs: 0,
    prefills: [],
    decodeMs: 2,
    sampleMs: 0.1,
    overheadMs: 0.1,
    decodeIds: [],
    preemptedIds: [],
  },
  ...fields,
});

it('draws a box a slot and round, prompt chunks and phases in lanes of their own, preemptions as marks', () => {
  const rounds = [
    record({ prefills: [{ id: 1, tokens: 30, ms: 3 }], decodeIds: [1] }),
    record({ startedAtMs: 10, decodeIds: [1, 2], preemptedIds: [3] }),
  ];
  const page = drawSchedule({ model: 'm', rounds, gauges: null });
  // Three decode steps of a request, one prompt chunk, and 4 + 3 phases.
  expect(page.match(/<rect /g)).toHaveLength(3 + 1 + 7);
  expect(page).toContain('bookkeeping 0.10 ms');
  expect(page).toContain('request 1: 30 prompt tokens, 3.00 ms');
  expect(page).toContain('slot 1');
  expect(page).toContain('request 3 preempted');
});

it('escapes the model’s name, loads nothing from elsewhere and draws no idle hours', () => {
  const rounds = [record({ decodeIds: [1] }), record({ startedAtMs: 3_600_000, decodeIds: [1] })];
  const page = drawSchedule({ model: '<script>', rounds, gauges: null });
  expect(page).not.toContain('<script>');
  expect(page).not.toMatch(/https?:\/\/|src=|@import/);
  expect(page).toContain('nothing to do for 3599998 ms');
  expect(page).toContain('>8 ms</text>');
  expect(page).not.toContain('10 ms</text>');
});

it('says what to do when there is nothing to draw', () => {
  expect(drawSchedule({ model: 'm', rounds: [], gauges: null })).toContain('No rounds yet');
});
