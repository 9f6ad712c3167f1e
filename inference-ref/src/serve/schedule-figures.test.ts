import { expect, it } from 'vitest';
import type { IterationRecord } from '../engine/engine-events.ts';
import { scheduleFigures } from './schedule-figures.ts';

const round = (startedAtMs: number, fields: Partial<IterationRecord>): IterationRecord => ({
  ...{ startedAtMs, prefills: [], decodeMs: 0, sampleMs: 0, overheadMs: 0, decodeIds: [], preemptedIds: [] },
  ...fields,
});

it('adds up where the time went, and what came of it', () => {
  const figures = scheduleFigures([
    round(100, {
      prefills: [{ id: 1, tokens: 8, ms: 10 }],
      decodeMs: 20,
      sampleMs: 2,
      overheadMs: 8,
      decodeIds: [1],
    }),
    round(160, { decodeMs: 30, sampleMs: 5, overheadMs: 5, decodeIds: [1, 2, 3], preemptedIds: [4] }),
  ]);
  expect(figures).toEqual({
    spanMs: 100,
    shares: { prefill: 0.1, decode: 0.5, sampling: 0.07, bookkeeping: 0.13, idle: 0.2 },
    tokensPerSecond: 40,
    meanBatch: 2,
    stepMs: { p50: 20, p99: 30 },
    preemptions: 1,
  });
});

it('has nothing to say without rounds, and no step without one', () => {
  expect(scheduleFigures([])).toBeNull();
  expect(scheduleFigures([round(0, { overheadMs: 1 })])).toMatchObject({ stepMs: null, meanBatch: 0 });
});
