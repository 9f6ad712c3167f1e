import { expect, it } from 'vitest';
import { createStallWatch, LOOK_MS } from './stall-watch.ts';

function bench(stallMs: number) {
  let nowMs = 0;
  const watch = createStallWatch({ stallMs, nowMs: () => nowMs });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  /** Looks as often as it should for so long; how long the thread had been silent when it was found hung. */
  const silentFor = (ms: number, limitMs: number | null): number | null => {
    for (let waited = LOOK_MS; waited <= ms; waited += LOOK_MS) {
      pass(LOOK_MS);
      if (watch.look(limitMs)) return waited;
    }
    return null;
  };
  const round = (decodeMs: number, prefills: readonly { tokens: number; ms: number }[] = []) =>
    watch.heard({
      ...{ startedAtMs: 0, decodeMs, sampleMs: 0, overheadMs: 0, decodeIds: [1], preemptedIds: [] },
      prefills: prefills.map((prefill) => ({ id: 1, ...prefill })),
    });
  return { watch, pass, silentFor, round };
}

it('finds a busy thread hung just after the limit, an idle one never', () => {
  const { silentFor } = bench(60_000);
  expect(silentFor(600_000, null)).toBeNull();
  expect(silentFor(600_000, 60_000)).toBe(61_000);
});

it('begins anew with every report', () => {
  const { silentFor, round } = bench(60_000);
  for (let report = 0; report < 5; report++) {
    expect(silentFor(59_000, 60_000)).toBeNull();
    round(1);
  }
});

it('accuses nobody after the whole process stood still', () => {
  const { watch, pass, silentFor } = bench(60_000);
  expect(silentFor(10_000, 60_000)).toBeNull();
  pass(3_600_000);
  expect(watch.look(60_000)).toBe(false);
});

it('is patient with a model whose rounds are long, within reason', () => {
  const { watch, round } = bench(60_000);
  round(10);
  expect(watch.patienceMs(256)).toBe(60_000);
  round(40_000);
  expect(watch.patienceMs(256)).toBe(120_000);
  round(9_000_000);
  expect(watch.patienceMs(256)).toBe(600_000);
});

it('allows for a first long chunk at the pace that was seen', () => {
  const { watch, round } = bench(60_000);
  round(0, [{ tokens: 1, ms: 200 }]);
  expect(watch.patienceMs(256)).toBe(3 * 256 * 200);
  round(0, [{ tokens: 256, ms: 12_800 }]);
  expect(watch.patienceMs(256)).toBe(60_000);
  expect(watch.patienceMs(1024)).toBe(3 * 1024 * 50);
});

it('never accuses where it is turned off', () => {
  const { watch, silentFor } = bench(0);
  expect(silentFor(600_000, watch.patienceMs(256))).toBeNull();
});
