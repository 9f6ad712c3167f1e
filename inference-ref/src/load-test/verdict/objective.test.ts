import { describe, expect, it } from 'vitest';
import { computeRunFigures } from '../measure/run-figures.ts';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { createRandom } from '../workload/random.ts';
import { decideGapShare } from './decide-gaps.ts';
import { type JudgeInput, judgeObjective } from './judge-objective.ts';
import { parseObjective } from './objective.ts';
import { parseBound } from './objectives-file.ts';

describe('parsing objectives', () => {
  const check = (text: string, expected: object): void => {
    it(`reads ${text}`, () => {
      expect(parseObjective(text)).toMatchObject(expected);
    });
  };
  check('ttft.p99<500ms', {
    metric: 'ttft',
    stat: { kind: 'percentile', fraction: 0.99 },
    comparison: '<',
    threshold: 500,
  });
  check('ttft.p99.9 <= 0.5s', { stat: { kind: 'percentile', fraction: 0.9990000000000001 }, threshold: 500 });
  check('goodput>=0.99', { metric: 'goodput', stat: null, threshold: 0.99 });
  check('error_rate<1%', { metric: 'error_rate', threshold: 0.01 });
  check('cost_per_1k_calls<$0.40', { metric: 'cost_per_1k_calls', threshold: 0.4 });
  check('tpot.mean<20ms', { stat: { kind: 'mean' }, threshold: 20 });
  check('system_tps>1000', { metric: 'system_tps', threshold: 1000 });

  const refuse = (text: string, words: RegExp): void => {
    it(`refuses ${text}`, () => {
      expect(() => parseObjective(text)).toThrow(words);
    });
  };
  refuse('ttft<500ms', /statistic/);
  refuse('latency.p99<500ms', /no measure/);
  refuse('ttft.p99<500', /unit/);
  refuse('ttft.p100<500ms', /between 0 and 100/);
  refuse('goodput.p99>1', /one figure/);
  refuse('goodput>=99', /between 0 and 1/);
  refuse('nonsense', /no objective/);
  refuse('ttft.p99>5ms', /of ttft less is better/);
  refuse('itl.p99>=5ms', /of itl less is better/);
  refuse('error_rate>1%', /of error_rate less is better/);
  refuse('cost_per_1k_calls>$1', /less is better/);
  refuse('tps_per_user.p5<40', /of tps_per_user more is better/);
  refuse('goodput<=0.9', /of goodput more is better/);
  refuse('rps<10', /of rps more is better/);

  it('says how an objective in the wrong direction should be written', () => {
    expect(() => parseObjective('system_tps<=1000')).toThrow(
      expect.objectContaining({ statusCode: 400, hint: 'write system_tps>=1000' }),
    );
    expect(() => parseBound('e2e>2s')).toThrow(/of e2e less is better/);
  });

  it('reads the bound of a call without a statistic', () => {
    expect(parseBound('ttft<500ms')).toMatchObject({ metric: 'ttft', threshold: 500, text: 'ttft<500ms' });
  });
});

function inputOf(
  calls: number,
  options: { slow?: number; failed?: number; clientError?: Partial<JudgeInput['clientError']> } = {},
): JudgeInput {
  const records = Array.from({ length: calls }, (_, index) => {
    const first = index < (options.slow ?? 0) ? 900 : 100 + (index % 10);
    const failed = index >= calls - (options.failed ?? 0);
    return sampleCall({
      index,
      eventMs: [first, first + 20, first + 40],
      error: failed ? { kind: 'http_server_error', status: 500, message: 'x' } : null,
    });
  });
  return {
    figures: computeRunFigures({ records, warmupMs: 0, cooldownMs: 0, rampUpMs: 0 }),
    bounds: [parseBound('ttft<500ms')],
    cost: null,
    confidence: 0.95,
    clientError: { p50: 0, p99: 0, mean: 0, max: 0, tokensPerCall: 2, ...options.clientError },
  };
}

describe('judging gaps', () => {
  const outcomeOf = (calls: number, violating: number, perCall: number, gaps = 100) =>
    decideGapShare({
      violating: Array.from({ length: calls }, (_, index) => (index < violating ? perCall : 0)),
      total: new Array<number>(calls).fill(gaps),
      allowed: 0.01,
      confidence: 0.95,
    });
  it('says how many more calls a run without violations needs', () => {
    expect(outcomeOf(2, 0, 0)).toMatchObject({ outcome: 'inconclusive', moreRequests: 297 });
    expect(outcomeOf(299, 0, 0).outcome).toBe('pass');
  });
  const check = (calls: number, violating: number, perCall: number, outcome: string): void => {
    it(`is ${outcome} with ${perCall} of 100 gaps over a p99 in ${violating} of ${calls} calls`, () => {
      expect(outcomeOf(calls, violating, perCall).outcome).toBe(outcome);
    });
  };
  // The spread of so few calls would be taken for next to nothing.
  check(2, 2, 20, 'inconclusive');
  check(100, 1, 1, 'inconclusive');
  check(310, 1, 1, 'pass');
  check(310, 3, 100, 'inconclusive');
  check(100, 9, 100, 'fail');
  // Many violating calls tell how they vary, yet pass no earlier than clean ones.
  check(100, 20, 1, 'inconclusive');
  check(300, 60, 1, 'pass');
  check(300, 60, 10, 'fail');

  it('passes what is no better than the limit about as seldom as the confidence says', () => {
    const random = createRandom(3);
    let passed = 0;
    for (let trial = 0; trial < 400; trial += 1) {
      // One call in fifty stalls, at half of its gaps: 1 % of all.
      const violating = Array.from({ length: 320 }, () => (random.uniform() < 0.02 ? 50 : 0));
      const total = violating.map(() => 100);
      if (decideGapShare({ violating, total, allowed: 0.01, confidence: 0.95 }).outcome === 'pass')
        passed += 1;
    }
    expect(passed / 400).toBeLessThanOrEqual(0.07);
  });
});

describe('judging objectives', () => {
  const check = (text: string, input: JudgeInput, outcome: string): void => {
    it(`${text} over ${input.figures.measured.length} calls is ${outcome}`, () => {
      expect(judgeObjective(parseObjective(text), input).outcome).toBe(outcome);
    });
  };
  check('ttft.p99<500ms', inputOf(299), 'pass');
  check('ttft.p99<500ms', inputOf(298), 'inconclusive');
  check('ttft.p99<500ms', inputOf(400, { slow: 20 }), 'fail');
  check('ttft.p95<500ms', inputOf(100, { failed: 20 }), 'fail');
  check('error_rate<1%', inputOf(300), 'pass');
  check('error_rate<1%', inputOf(300, { failed: 20 }), 'fail');
  check('goodput>=0.95', inputOf(100), 'pass');
  check('goodput>=0.95', inputOf(100, { slow: 30 }), 'fail');
  check('itl.p95<25ms', inputOf(59), 'pass');
  check('itl.p95<25ms', inputOf(58), 'inconclusive');
  check('icl.p99<50ms', inputOf(299), 'pass');
  check('icl.p99.9<50ms', inputOf(299), 'inconclusive');
  check('itl.p95<15ms', inputOf(50), 'fail');
  check('tpot.mean<21ms', inputOf(50), 'pass');
  check('e2e.max<500ms', inputOf(50), 'pass');
  check('e2e.max<500ms', inputOf(50, { slow: 1 }), 'fail');
  check('tps_per_user.p5>40', inputOf(100), 'pass');
  check('tps_per_user.p5>60', inputOf(100), 'fail');
  check('cost_per_1k_calls<$1', inputOf(50), 'inconclusive');

  it('says when the client could explain a miss, and that a met bound stands', () => {
    const late = inputOf(400, { clientError: { p99: 60, p50: 60, mean: 60, max: 60 } });
    expect(judgeObjective(parseObjective('ttft.p99<95ms'), late)).toMatchObject({
      outcome: 'fail',
      clientCouldExplain: true,
    });
    expect(judgeObjective(parseObjective('ttft.p99<20ms'), late)).toMatchObject({
      outcome: 'fail',
      clientCouldExplain: false,
    });
    expect(judgeObjective(parseObjective('ttft.p99<120ms'), late)).toMatchObject({
      outcome: 'pass',
      clientCouldExplain: false,
    });
  });
});
