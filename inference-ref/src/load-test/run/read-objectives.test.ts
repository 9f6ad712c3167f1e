import { describe, expect, it } from 'vitest';
import { createEarlyStop } from '../verdict/early-stop.ts';
import { createPlan } from './create-plan.ts';
import { createLoadtestSession } from './loadtest-session.ts';
import { parseLoadtestOptions } from './parse-loadtest-options.ts';
import { readObjectives } from './read-objectives.ts';
import { createToldRunner } from './told-runner.fixture.ts';

const DEFAULT = 'error_rate<=1% (default)';

async function runWith(calls: number, failed: number, objective: string[] = []) {
  const options = parseLoadtestOptions({
    ...{ url: 'http://127.0.0.1:1/v1', model: 'm', requests: String(calls), objective },
    ...{ calibration: '0', promptScale: false, serverMetrics: false },
  });
  const session = createLoadtestSession({
    options,
    objectives: readObjectives(options),
    runner: createToldRunner((_, index) => index < failed),
    progress: { phase: () => {}, begin: () => {}, take: () => {}, end: () => {} },
    signal: new AbortController().signal,
  });
  const plan = createPlan({ options, runNonce: 'n', trace: [] });
  const measured = await session.measure(plan, 'load');
  const judged = await session.judge(plan, { ...measured, calibrations: [] });
  return { ...judged, records: measured.result.records, objectivesRead: readObjectives(options) };
}

describe('errors that no objective speaks of', () => {
  const check = (calls: number, failed: number, verdict: string, objective: string[] = []): void => {
    it(`make a run of ${calls} calls ${verdict} when ${failed} failed, with ${objective.join() || 'no objective'}`, async () => {
      expect((await runWith(calls, failed, objective)).verdict.verdict).toBe(verdict);
    });
  };
  check(5, 0, 'PASS');
  check(100, 1, 'PASS');
  check(100, 2, 'INCONCLUSIVE');
  check(100, 10, 'FAIL');
  check(100, 99, 'FAIL');
  check(100, 10, 'FAIL', ['ttft.p50<500ms']);
  check(100, 10, 'PASS', ['error_rate<=30%']);
  check(100, 10, 'PASS', ['goodput>=70%']);

  it('are told with the limit that they broke', async () => {
    const { verdict, objectives } = await runWith(100, 99);
    expect(verdict.reasons).toEqual([`${DEFAULT}: 99 of 100 violate, 1.00 % may`]);
    expect(objectives.map(({ objective, outcome }) => [objective, outcome])).toEqual([[DEFAULT, 'fail']]);
  });

  it('end a run early, and a run that was asked for nothing ends early for nothing else', async () => {
    const stops = async (failed: number, objective: string[] = []): Promise<boolean> => {
      const { records, objectivesRead } = await runWith(100, failed, objective);
      const window = { warmupMs: 0, cooldownMs: 0, rampUpMs: 0 };
      const { objectives } = objectivesRead;
      return createEarlyStop({ objectives, bounds: [], confidence: 0.95, window }).take(records);
    };
    expect(await stops(50)).toBe(true);
    expect(await stops(0)).toBe(false);
    expect(await stops(0, ['ttft.p50<500ms'])).toBe(true);
  });
});
