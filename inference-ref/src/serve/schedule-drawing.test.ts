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

it('draws a box a slot and round, prompt chunks in their own lane, preemptions as marks', () => {
  const rounds = [
    record({ prefills: [{ id: 1, tokens: 30, ms: 3 }], decodeIds: [1] }),
    record({ startedAtMs: 10, decodeIds: [1, 2], preemptedIds: [3] }),
  ];
  const page = drawSchedule({ model: 'm', rounds, gauges: null });
  expect(page.match(/<rect /g)).toHaveLength(4);
  expect(page).toContain('request 1: 30 prompt tokens, 3.00 ms');
  expect(page).toContain('slot 1');
  expect(page).toContain('request 3 preempted');
});

it('escapes the model’s name, loads nothing from elsewhere and draws no idle hours', () => {
  const rounds = [record({ decodeIds: [1] }), record({ startedAtMs: 3_600_000, decodeIds: [1] })];
  const page = drawSchedule({ model: '<script>', rounds, gauges: null });
  expect(page).not.toContain('<script>');
  expect(page).not.toMatch(/https?:\/\/|src=|@import/);
  expect(page).toMatch(/9\.4 ms busy/);
});

it('says what to do when there is nothing to draw', () => {
  expect(drawSchedule({ model: 'm', rounds: [], gauges: null })).toContain('No rounds yet');
});
