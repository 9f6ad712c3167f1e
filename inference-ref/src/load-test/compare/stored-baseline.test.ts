import type { LoadTestRun } from '@tollgate/contract';
import { describe, expect, it } from 'vitest';
import { createPlan } from '../run/create-plan.ts';
import { describeLoad } from '../run/describe-load.ts';
import { createLoadtestSession, type JudgedRun } from '../run/loadtest-session.ts';
import { parseLoadtestOptions } from '../run/parse-loadtest-options.ts';
import { createToldRunner } from '../run/told-runner.fixture.ts';
import { compareWithStored, refuseOtherLoad } from './stored-baseline.ts';

const CALLS = 320;

async function runOf(failed: number): Promise<JudgedRun> {
  const options = parseLoadtestOptions({
    ...{ url: 'http://127.0.0.1:1/v1', model: 'm', requests: String(CALLS) },
    ...{ calibration: '0', promptScale: false, serverMetrics: false },
  });
  const session = createLoadtestSession({
    options,
    objectives: { objectives: [], slo: [] },
    runner: createToldRunner((_, index) => index < failed),
    progress: { phase: () => {}, begin: () => {}, take: () => {}, end: () => {} },
    signal: new AbortController().signal,
  });
  const plan = createPlan({ options, runNonce: 'n', trace: [] });
  const measured = await session.measure(plan, 'load');
  return session.judge(plan, { ...measured, calibrations: [] });
}

/** What a comparison reads of a stored report. */
function stored({ figures }: JudgedRun): LoadTestRun {
  const { ttft, tpot, e2e } = figures.summaries;
  const counts = { requests: figures.measured.length, errors: figures.errors };
  return { name: 'before', ...counts, ttft_ms: ttft, tpot_ms: tpot, e2e_ms: e2e, phases: {} } as LoadTestRun;
}

describe('a baseline', () => {
  const loadOf = (given: Record<string, string>) => {
    const options = parseLoadtestOptions({ url: 'http://127.0.0.1:1/v1', model: 'm', ...given });
    return describeLoad(options, createPlan({ options, runNonce: 'n', trace: [] }));
  };
  const light = { concurrency: '1', inputTokens: '16', outputTokens: '4' };
  const storedUnder = (given: Record<string, string>) =>
    ({ target: { api: 'chat' }, load: loadOf(given) }) as LoadTestRun;

  it('may have been measured for longer', () => {
    const before = storedUnder({ ...light, requests: '100' });
    refuseOtherLoad(before, loadOf({ ...light, duration: '2s' }), 'chat');
  });

  it.each([
    [{ ...light, concurrency: '2' }, /load: closed loop, 2 at a time/],
    [{ ...light, inputTokens: '400' }, /workload: synthetic, 400 tokens in/],
  ])('that was measured under another load is refused', (given, message) => {
    const before = storedUnder({ ...given, requests: '100' });
    expect(() => refuseOtherLoad(before, loadOf({ ...light, requests: '100' }), 'chat')).toThrow(message);
  });
});

describe('a run against a stored one', () => {
  const check = (before: number, after: number, verdict: string, reasons: unknown[]): void => {
    it(`is ${verdict} with ${after} failed calls after ${before} of ${CALLS}`, async () => {
      const [baseline, run] = [await runOf(before), await runOf(after)];
      const limits = { maxRegression: 0.5, maxErrorIncrease: 0.01 };
      const compared = compareWithStored({ stored: stored(baseline), run, ...limits });
      expect(compared.run.verdict).toMatchObject({ verdict, reasons });
      expect(compared.comparison.effects.map(({ measure }) => measure)).toContain('errors');
    });
  };
  check(0, 0, 'PASS', []);
  check(0, 40, 'FAIL', [
    expect.stringMatching(/^this run errors: 40 of 320 failed against 0 of 320, \+12\.5/),
  ]);
  check(0, 4, 'INCONCLUSIVE', [expect.stringMatching(/^errors 4 of 320 failed/)]);
});
