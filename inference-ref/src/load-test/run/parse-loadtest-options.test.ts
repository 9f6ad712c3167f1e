import { describe, expect, it } from 'vitest';
import { createPlan } from './create-plan.ts';
import { parseLoadtestOptions } from './parse-loadtest-options.ts';

const BASE = { url: 'http://127.0.0.1:1/v1', model: 'm' };
const planOf = (options: object) =>
  createPlan({ options: parseLoadtestOptions({ ...BASE, ...options }), runNonce: 'x', trace: [] });

describe('options', () => {
  it('reports every wrong option together', () => {
    const parse = (): unknown =>
      parseLoadtestOptions({ url: 'nowhere', concurrency: '-1', duration: 'soon', arrivals: 'often' });
    expect(parse).toThrow(/--url[\s\S]*--concurrency[\s\S]*--arrivals[\s\S]*--duration/);
  });
  it('reports wrong options, options that do not go together and files that are not there in one go', () => {
    const parse = (): unknown =>
      parseLoadtestOptions({
        ...{ url: 'http://127.0.0.1:1/v1', requests: 'many', rate: '5', concurrency: '3' },
        ...{
          objective: ['ttft.p99<500', 'speed<1ms'],
          slo: ['ttft<1'],
          inputTokens: 'some',
          header: ['bad'],
        },
        ...{ prompts: '/nowhere/prompts.txt', json: '/nowhere/out.json', trace: 'ledger' },
      });
    const words = [
      '--header: is no header',
      '--requests: must be a number',
      '--input-tokens: "some" is no length distribution; write 128',
      '--objective: "ttft.p99<500": a time needs its unit; write 500ms',
      '--objective: "speed<1ms": no measure is called speed; use ttft',
      '--slo: ',
      '--concurrency and --rate and --trace are different load shapes',
      '--model: needed',
      '--trace ledger: needs',
      '--prompts: cannot read /nowhere/prompts.txt',
      '--json: cannot write /nowhere/out.json',
    ];
    for (const word of words) expect(parse).toThrow(word);
  });

  const refuse = (name: string, options: object, words: RegExp): void => {
    it(`refuse ${name}`, () => {
      expect(() => parseLoadtestOptions({ ...BASE, ...options })).toThrow(words);
    });
  };
  refuse('two load shapes', { concurrency: '4', rate: '10' }, /different load shapes/);
  refuse('a sweep without an objective', { sweep: 'concurrency' }, /--objective/);
  refuse('a ramp without its rates', { shape: 'ramp', duration: '10s' }, /--from-rate/);
  refuse('a shape without its time', { shape: 'soak', rate: '5' }, /--duration/);
  refuse('a collector without a token', { collector: 'http://127.0.0.1:2' }, /give both/);
  refuse('a comparison of one', { compare: 'a' }, /two models/);
});

describe('plans', () => {
  const check = (name: string, options: object, expected: object): void => {
    it(`of ${name}`, () => {
      expect(planOf(options)).toMatchObject(expected);
    });
  };
  check(
    'nothing more than an address: 100 calls, one at a time',
    {},
    { shape: { kind: 'closed', concurrency: 1 }, requests: 100, durationMs: null },
  );
  check(
    'the latency test',
    { test: 'latency' },
    { shape: { kind: 'closed', concurrency: 10 }, requests: 100 },
  );
  check(
    'the throughput test',
    { test: 'throughput' },
    { shape: { kind: 'closed', rampUpMs: 5000 }, requests: null, durationMs: 60_000 },
  );
  check(
    'the users test',
    { test: 'users' },
    { shape: { kind: 'users', users: 10, rampUpMs: 30_000, thinkMs: 5000 }, durationMs: 300_000 },
  );
  check(
    'flags over the preset',
    { test: 'users', users: '3', duration: '20s', thinkTime: '1s' },
    { shape: { users: 3, thinkMs: 1000 }, durationMs: 20_000 },
  );
  check(
    'a rate',
    { rate: '5', arrivals: 'gamma:0.5', duration: '1m' },
    { shape: { kind: 'open', arrivals: { kind: 'gamma', shape: 0.5 } }, durationMs: 60_000, requests: null },
  );
  check(
    'a spike, which ends by itself',
    { shape: 'spike', rate: '2', toRate: '20', duration: '9s' },
    { shape: { name: 'spike', profile: [{ fromRps: 2 }, { fromRps: 20 }, { fromRps: 2 }] }, requests: null },
  );
  check(
    'a shared prefix',
    { sharedPrefix: '500,4' },
    { workload: { sharedPrefix: { tokens: 500, groups: 4 } } },
  );
  check(
    'headers and a body of its own',
    { header: ['X-Team: a:b'], extraBody: '{"temperature":0}' },
    { target: { headers: { 'x-team': 'a:b' }, extraBody: { temperature: 0 } } },
  );
});
