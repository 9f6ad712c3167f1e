import { describe, expect, it } from 'vitest';
import { computeCallMetrics } from './call-metrics.ts';
import { createGapPool } from './gap-pool.ts';
import { sampleCall } from './sample-call.fixture.ts';

describe('definitions', () => {
  const call = sampleCall({
    scheduledMs: 90,
    sentMs: 100,
    eventMs: [200, 240, 320],
    eventTokens: [4, 4, 2],
    outputTokens: 10,
    firstAnswerMs: 240,
    closedMs: 330,
  });
  const metrics = computeCallMetrics(call);
  const check = (name: keyof typeof metrics, expected: number): void => {
    it(`${name} is ${expected}`, () => {
      expect(metrics[name]).toBeCloseTo(expected, 9);
    });
  };
  check('ttftMs', 100);
  check('ttftScheduledMs', 110);
  check('ttfoMs', 140);
  check('ttstMs', 40);
  // (320 − 200) / (10 − 4), where others would divide by 9
  check('tpotMs', 20);
  check('longestStallMs', 80);
  check('e2eMs', 220);
  check('e2eScheduledMs', 230);
  check('closeMs', 230);
  check('tpsPerUser', 50);
  check('tpsPerCall', 10_000 / 220);
  check('sendLagMs', 10);

  it('gives a call of one event no TPOT', () => {
    const single = computeCallMetrics(
      sampleCall({ sentMs: 0, eventMs: [50], eventTokens: [5], outputTokens: 5 }),
    );
    expect(single.tpotMs).toBeNaN();
    expect(single.ttftMs).toBe(50);
  });

  const checkSpeed = (name: string, eventMs: readonly number[], expected: number): void => {
    it(`of ${name} is ${expected} tokens/s per user`, () => {
      expect(computeCallMetrics(sampleCall({ eventMs })).tpsPerUser).toBeCloseTo(expected, 6);
    });
  };
  checkSpeed('a call of events 20 ms apart', [100, 120, 140], 50);
  checkSpeed('a call whose later events came together', [100, 140, 140], 50);
  checkSpeed('a call of events 1 ms apart', [100, 101, 102], 1000);

  it('gives a call whose events all came in one burst a TPOT, but no speed', () => {
    const burst = computeCallMetrics(sampleCall({ eventMs: [100, 100.01, 100.02] }));
    expect(burst.tpotMs).toBeCloseTo(0.01);
    expect(burst.tpsPerUser).toBeNaN();
  });

  it('gives a failed call no latency', () => {
    const failed = computeCallMetrics(
      sampleCall({ eventMs: [50], error: { kind: 'stream_error', status: 200, message: 'x' } }),
    );
    expect(failed.ttftMs).toBeNaN();
    expect(failed.e2eMs).toBeNaN();
  });
});

describe('pooled gaps', () => {
  it('weights ITL by tokens and leaves ICL as the gaps are', () => {
    const pool = createGapPool();
    pool.add(sampleCall({ eventMs: [0, 40, 50], eventTokens: [1, 4, 1] }));
    expect(pool.iclSummary()).toMatchObject({ n: 2, mean: 25, max: 40, method: 'exact' });
    // Five tokens: four of 10 ms each and one of 10 ms.
    expect(pool.itlSummary()).toMatchObject({ n: 5, mean: 10, p50: 10, max: 10 });
  });

  it('falls back to a histogram of three digits beyond its bound', () => {
    const pool = createGapPool(3);
    pool.add(sampleCall({ eventMs: [0, 10, 20, 30, 40, 1040], eventTokens: [1, 1, 1, 1, 1, 1] }));
    const summary = pool.iclSummary();
    expect(summary).toMatchObject({ n: 5, method: 'hdr' });
    expect(Math.abs((summary.max ?? 0) - 1000)).toBeLessThan(1);
  });
});
