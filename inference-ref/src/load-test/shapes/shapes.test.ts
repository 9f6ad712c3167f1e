import { describe, expect, it } from 'vitest';
import { nearestRank, sortedCopy } from '../measure/percentile.ts';
import { createClosedLoop } from './closed-loop.ts';
import { constantArrivals } from './constant.ts';
import { createGammaArrivals } from './gamma.ts';
import { createMultiTurn } from './multi-turn.ts';
import { createOpenLoop } from './open-loop.ts';
import { poissonArrivals } from './poisson.ts';
import { rampProfile } from './ramp.ts';
import { createArrivalTime } from './rate-profile.ts';
import { soakProfile } from './soak.ts';
import { spikeProfile } from './spike.ts';
import { steadyProfile } from './steady.ts';
import { stepProfile } from './step.ts';
import { createSweep } from './sweep.ts';
import { createTraceReplay } from './trace-replay.ts';
import { createUsers } from './users.ts';
import { runVirtually, type VirtualCall } from './virtual-run.fixture.ts';

const mostAtOnce = (calls: readonly VirtualCall[]): number => {
  const edges = calls.flatMap(({ startedMs, endedMs }) => [
    { at: startedMs, by: 1 },
    { at: endedMs, by: -1 },
  ]);
  let now = 0;
  return edges
    .sort((a, b) => a.at - b.at || a.by - b.by)
    .reduce((most, { by }) => {
      now += by;
      return Math.max(most, now);
    }, 0);
};
const gapsOf = (calls: readonly VirtualCall[]): number[] =>
  calls.slice(1).map((call, index) => call.scheduledMs - (calls[index]?.scheduledMs ?? 0));

describe('closed loop', () => {
  it('keeps exactly its callers busy and sends exactly what it may', async () => {
    const calls = await runVirtually(createClosedLoop({ concurrency: 4, rampUpMs: 0 }), {
      requests: 42,
      callMs: () => 100,
    });
    expect(calls).toHaveLength(42);
    expect(mostAtOnce(calls)).toBe(4);
  });
  it('starts its callers evenly over the ramp-up', async () => {
    const calls = await runVirtually(createClosedLoop({ concurrency: 5, rampUpMs: 100 }), {
      requests: 5,
      callMs: () => 1000,
    });
    expect(calls.map(({ startedMs }) => startedMs)).toEqual([0, 20, 40, 60, 80]);
  });
  it('ends with its time and with a stop', async () => {
    const shape = createClosedLoop({ concurrency: 1, rampUpMs: 0 });
    expect(await runVirtually(shape, { durationMs: 1000, callMs: () => 100 })).toHaveLength(10);
    expect(await runVirtually(shape, { stopAtMs: 300, durationMs: 1000, callMs: () => 100 })).toHaveLength(3);
  });
  it('is shared by processes without losing or doubling a call', async () => {
    const parts = await Promise.all(
      [0, 1, 2].map((index) =>
        runVirtually(createClosedLoop({ concurrency: 4, rampUpMs: 0 }), {
          requests: 10,
          share: { index, count: 3 },
          callMs: () => 10,
        }),
      ),
    );
    expect(parts.flat()).toHaveLength(10);
  });
});

describe('users', () => {
  it('think an exponential time between calls', async () => {
    const calls = await runVirtually(createUsers({ users: 1, rampUpMs: 0, thinkMs: 5000 }), {
      durationMs: 10_000_000,
      callMs: () => 1000,
    });
    const thinking = calls.slice(1).map((call, index) => call.startedMs - (calls[index]?.endedMs ?? 0));
    const mean = thinking.reduce((sum, ms) => sum + ms, 0) / thinking.length;
    expect(Math.abs(mean - 5000)).toBeLessThan(400);
    expect(nearestRank(sortedCopy(thinking), 0.5)).toBeLessThan(4200);
  });
  it('join one after the other', async () => {
    const calls = await runVirtually(createUsers({ users: 10, rampUpMs: 30_000, thinkMs: 1e9 }), {
      durationMs: 60_000,
      callMs: () => 10,
    });
    expect(calls.map(({ startedMs }) => startedMs)).toEqual(
      Array.from({ length: 10 }, (_, index) => index * 3000),
    );
  });
});

describe('conversations', () => {
  it('take their turns in order, each after the last', async () => {
    const calls = await runVirtually(createMultiTurn({ sessions: 2, turns: 3, thinkMs: 0, rampUpMs: 0 }), {
      requests: 12,
      callMs: () => 50,
    });
    const bySession = new Map<number, VirtualCall[]>();
    for (const call of calls)
      bySession.set(call.session ?? -1, [...(bySession.get(call.session ?? -1) ?? []), call]);
    expect(bySession.size).toBe(4);
    for (const turns of bySession.values()) expect(turns.map(({ turn }) => turn)).toEqual([0, 1, 2]);
  });
});

describe('open loop', () => {
  const at100 = (arrivals: Parameters<typeof createOpenLoop>[0]['arrivals']) =>
    createOpenLoop({ profile: steadyProfile(100), arrivals });

  it('keeps a constant rate constant, however slow the answers', async () => {
    const calls = await runVirtually(at100(constantArrivals), { requests: 50, callMs: () => 60_000 });
    expect(calls.map(({ startedMs }) => startedMs)).toEqual(
      Array.from({ length: 50 }, (_, index) => index * 10),
    );
  });
  const checkSpread = (
    name: string,
    arrivals: Parameters<typeof createOpenLoop>[0]['arrivals'],
    variation: number,
  ): void => {
    it(`${name} arrivals have a coefficient of variation of ${variation}`, async () => {
      const gaps = gapsOf(await runVirtually(at100(arrivals), { requests: 6000, callMs: () => 1 }));
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
      expect(Math.abs(mean - 10)).toBeLessThan(0.6);
      expect(Math.abs(deviation / mean - variation)).toBeLessThan(0.12 * variation);
    });
  };
  checkSpread('Poisson', poissonArrivals, 1);
  checkSpread('gamma(0.25)', createGammaArrivals(0.25), 2);
  checkSpread('gamma(4)', createGammaArrivals(4), 0.5);

  it('is shared by processes as one schedule', async () => {
    const run = (share: { index: number; count: number }) =>
      runVirtually(at100(poissonArrivals), { requests: 60, share, callMs: () => 5 });
    const whole = await run({ index: 0, count: 1 });
    const parts = (await Promise.all([0, 1, 2].map((index) => run({ index, count: 3 })))).flat();
    const times = (calls: readonly VirtualCall[]): number[] =>
      calls.map(({ scheduledMs }) => scheduledMs).sort((a, b) => a - b);
    expect(times(parts)).toEqual(times(whole));
  });
});

describe('rate profiles', () => {
  const arrivalsBetween = (
    segments: Parameters<typeof createArrivalTime>[0],
    fromMs: number,
    toMs: number,
  ): number => {
    const at = createArrivalTime(segments);
    let count = 0;
    for (let index = 0; ; index += 1) {
      const ms = at(index + 0.5);
      if (ms === null || ms >= toMs) return count;
      if (ms >= fromMs) count += 1;
    }
  };
  const check = (
    name: string,
    segments: Parameters<typeof createArrivalTime>[0],
    window: readonly [number, number],
    expected: number,
  ): void => {
    it(`${name} brings ${expected} calls between ${window[0]} and ${window[1]} ms`, () => {
      expect(Math.abs(arrivalsBetween(segments, ...window) - expected)).toBeLessThanOrEqual(1);
    });
  };
  check('a ramp', rampProfile({ fromRps: 0, toRps: 100, durationMs: 10_000 }), [0, 5000], 125);
  check('a ramp', rampProfile({ fromRps: 0, toRps: 100, durationMs: 10_000 }), [5000, 10_000], 375);
  check('a falling ramp', rampProfile({ fromRps: 100, toRps: 0, durationMs: 10_000 }), [0, 10_000], 500);
  check(
    'the second of two steps',
    stepProfile({ fromRps: 10, toRps: 50, steps: 2, durationMs: 10_000 }),
    [5000, 10_000],
    250,
  );
  check(
    'the middle of a spike',
    spikeProfile({ baseRps: 10, peakRps: 100, durationMs: 30_000 }),
    [10_000, 20_000],
    1000,
  );
  check('a soak after its ramp', soakProfile({ rateRps: 20, durationMs: 100_000 }), [10_000, 100_000], 1800);
});

describe('trace replay', () => {
  it('starts calls when the trace says, at the speed asked for', async () => {
    const trace = [1000, 1500, 4000].map((atMs) => ({ atMs, inputTokens: 1, outputTokens: 1, blockIds: [] }));
    const calls = await runVirtually(createTraceReplay({ trace, speed: 2 }), { callMs: () => 10 });
    expect(calls.map(({ startedMs }) => startedMs)).toEqual([0, 250, 1500]);
  });
});

describe('coordinated omission', () => {
  // A server that answers in 100 ms and stands still from 5 s to 7 s.
  const stalling = (startedMs: number): number => {
    if (startedMs >= 5000 && startedMs < 7000) return 7000 - startedMs + 100;
    return startedMs > 4900 && startedMs < 5000 ? 2100 : 100;
  };
  const latencies = (calls: readonly VirtualCall[]): Float64Array =>
    sortedCopy(calls.map(({ endedMs, scheduledMs }) => endedMs - scheduledMs));

  it('shows the whole stall in an open loop and hides it in a closed one, as theory says', async () => {
    const open = await runVirtually(
      createOpenLoop({ profile: steadyProfile(50), arrivals: constantArrivals }),
      { durationMs: 20_000, callMs: stalling },
    );
    const closed = await runVirtually(createClosedLoop({ concurrency: 5, rampUpMs: 0 }), {
      durationMs: 20_000,
      callMs: stalling,
    });
    // Open: (2 s + 0.1 s) of 20 s arrive into the stall, 10.5 % of the calls, waiting evenly between 0.1 and 2.1 s.
    const affected = latencies(open).filter((ms) => ms > 100.001).length / open.length;
    expect(affected).toBeCloseTo(0.105, 2);
    // The longest of 1,000 calls: five wait the whole 2.1 s, each later one 20 ms less. Nearest rank takes the eleventh.
    expect(nearestRank(latencies(open), 0.99)).toBe(1980);
    // Closed: one call of each of the five callers, 5 of 905.
    expect(latencies(closed).filter((ms) => ms > 100.001)).toHaveLength(5);
    expect(nearestRank(latencies(closed), 0.99)).toBeCloseTo(100, 6);
  });
});

describe('sweep', () => {
  const climb = (
    limit: number,
    options: Parameters<typeof createSweep>[0],
  ): { found: number | null; tried: number[] } => {
    const sweep = createSweep(options);
    const tried: number[] = [];
    for (let load = sweep.next(); load !== null; load = sweep.next()) {
      tried.push(load);
      sweep.report(load, load <= limit);
    }
    return { found: sweep.highestGood(), tried };
  };
  it('climbs a ladder and halves the interval until it is narrow', () => {
    expect(climb(37, { from: 1, to: 256, precision: 0, whole: true })).toEqual({
      found: 37,
      tried: [1, 2, 4, 8, 16, 32, 64, 48, 40, 36, 38, 37],
    });
  });
  it('ends at the top when everything is good, and at once when nothing is', () => {
    expect(climb(1000, { from: 1, to: 50, precision: 0.1, whole: true }).found).toBe(50);
    expect(climb(0, { from: 1, to: 50, precision: 0.1, whole: true })).toEqual({ found: null, tried: [1] });
  });
});
