import { describe, expect, it } from 'vitest';
import { createPlan } from '../run/create-plan.ts';
import type { LoadPlan } from '../run/load-plan.ts';
import { createLoadtestSession } from '../run/loadtest-session.ts';
import { parseLoadtestOptions } from '../run/parse-loadtest-options.ts';
import { readObjectives } from '../run/read-objectives.ts';
import { createToldRunner } from '../run/told-runner.fixture.ts';
import { executeComparison } from './execute-comparison.ts';

const CANDIDATE = 'http://127.0.0.1:1/v1';
const BASELINE = 'http://127.0.0.1:2/v1';

async function compare(raw: object, failsAt: (plan: LoadPlan, index: number) => boolean = () => false) {
  const unmeasured = { calibration: '0', promptScale: false, serverMetrics: false };
  const options = parseLoadtestOptions({ url: CANDIDATE, requests: '480', ...unmeasured, ...raw });
  const runner = createToldRunner(failsAt);
  const session = createLoadtestSession({
    options,
    objectives: readObjectives(options),
    runner,
    progress: { phase: () => {}, begin: () => {}, take: () => {}, end: () => {} },
    signal: new AbortController().signal,
  });
  const plan = createPlan({ options, runNonce: 'n', trace: [] });
  const conclusion = await executeComparison({ options, session, plan });
  return { ...conclusion, plans: runner.plans };
}

describe('a comparison', () => {
  const warmedUp = async (raw: object) => {
    const { plans } = await compare({ warmupRequests: '3', blocks: '2', ...raw });
    return plans
      .filter(({ arm }) => arm === 'warmup')
      .map(({ target, requests, firstIndex }) => [target.baseUrl, target.model, requests, firstIndex]);
  };
  it('warms up the candidate as well as the baseline, each once and with prompts of its own', async () => {
    expect(await warmedUp({ model: 'm', baselineUrl: BASELINE })).toEqual([
      [BASELINE, 'm', 3, 500_000_000],
      [CANDIDATE, 'm', 3, 500_000_003],
    ]);
  });
  it('warms up every model', async () => {
    expect(await warmedUp({ compare: 'small,middle,large' })).toEqual(
      ['small', 'middle', 'large'].map((model, index) => [CANDIDATE, model, 3, 500_000_000 + 3 * index]),
    );
  });
  it('fails a candidate that loses its slow calls to errors, though the rest looks no slower', async () => {
    const raw = { model: 'm', baselineUrl: BASELINE, objective: ['error_rate<=100%'] };
    const unchanged = await compare(raw);
    expect(unchanged.run.verdict).toEqual({ verdict: 'PASS', reasons: [], moreRequests: null });
    const { run, comparison } = await compare(
      raw,
      ({ target }, index) => target.baseUrl === CANDIDATE && index % 7 > 2,
    );
    expect(run.verdict.verdict).toBe('FAIL');
    expect(run.verdict.reasons.join()).toMatch(/^candidate errors: 256 of 480 failed against 0 of 960, \+53/);
    expect(comparison?.effects.map(({ measure, outcome }) => [measure, outcome])).toContainEqual([
      'errors',
      'fail',
    ]);
  });
  it('tells what the run missed beside what became worse', async () => {
    const { run } = await compare(
      { model: 'm', baselineUrl: BASELINE },
      ({ target }, index) => target.baseUrl === CANDIDATE && index % 2 === 0,
    );
    expect(run.verdict).toMatchObject({
      verdict: 'FAIL',
      reasons: [
        expect.stringMatching(/^error_rate<=1% \(default\): 240 of 480/),
        expect.stringMatching(/^candidate errors: 240 of 480 failed against 0 of 960/),
      ],
    });
  });
  it('is INCONCLUSIVE where errors could hide behind few calls', async () => {
    const { run } = await compare({ model: 'm', baselineUrl: BASELINE, requests: '64' });
    expect(run.verdict).toMatchObject({
      verdict: 'INCONCLUSIVE',
      reasons: [expect.stringMatching(/^errors 0 of 64 failed against 0 of 128, /)],
    });
  });
  it('of models fails where one of them does not answer', async () => {
    const raw = { compare: 'small,large', blocks: '4', requests: '80' };
    expect((await compare(raw)).run.verdict.verdict).toBe('PASS');
    const { run } = await compare(raw, ({ target }, index) => target.model === 'large' && index % 2 === 0);
    expect(run.verdict).toMatchObject({
      verdict: 'FAIL',
      reasons: ['large: error_rate<=1% (default): 40 of 80 violate, 1.00 % may'],
    });
  });
});
