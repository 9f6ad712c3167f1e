import { describe, expect, it } from 'vitest';
import { sampleCall } from '../measure/sample-call.fixture.ts';
import { createTimingServer } from '../timing-server/timing-server.ts';
import { parsePrometheusText } from './prometheus-text.ts';
import { findContamination, reconcile } from './reconcile.ts';
import { computeRunCost, parsePrices } from './run-cost.ts';
import { createServerWatch, type ServerObservation } from './server-watch.ts';

describe('metrics pages', () => {
  it('are summed over labels', () => {
    const samples = parsePrometheusText(
      '# HELP x\nvllm:a{m="1,}"} 2\nvllm:a{m="2"} 3.5 1700000000\nb NaN\nc 1e3\n',
    );
    expect(samples.get('vllm:a')).toEqual({ sum: 5.5, largest: 3.5, series: 2 });
    expect(samples.get('c')?.sum).toBe(1000);
    expect(samples.has('b')).toBe(false);
  });

  it('tell what grew during the run', async () => {
    const server = await createTimingServer({ profile: { ttftMs: 1, gapMs: 1, outputTokens: 3 } });
    const watch = createServerWatch({
      metricsUrls: [new URL('/metrics', server.url).href],
      evenThroughSidecar: false,
      intervalMs: 60_000,
      nowMs: () => 0,
    });
    expect(await watch.start()).toBe('found');
    for (let call = 0; call < 2; call += 1) {
      const answer = await fetch(`${server.url}/chat/completions`, {
        method: 'POST',
        body: '{"messages":[]}',
      });
      await answer.text();
    }
    const observed = await watch.stop();
    await server.close();
    expect(observed?.grown).toMatchObject({ requests: 2, generationTokens: 6, preemptions: null });
    expect(observed?.phaseMeanMs).toMatchObject({ queue: 0, prefill: 1, decode: 2, e2e: 3 });
  });

  it('that are not there are no error', async () => {
    const watch = createServerWatch({
      metricsUrls: ['http://127.0.0.1:9/metrics'],
      evenThroughSidecar: false,
      intervalMs: 60_000,
      nowMs: () => 0,
    });
    expect(await watch.start()).toBe('absent');
    expect(await watch.stop()).toBeNull();
  });
});

describe('cross-checks', () => {
  const calls = Array.from({ length: 100 }, (_, index) =>
    sampleCall({ index, inputTokens: 10, cachedInputTokens: index < 20 ? 8 : 0 }),
  );
  const observed = {
    grown: { requests: 100, promptTokens: 1000, generationTokens: 303 },
  } as ServerObservation;

  it('agree within a hundredth and show the difference', () => {
    expect(reconcile(calls, observed)).toMatchObject({
      agrees: true,
      lines: [{}, {}, { client: 300, server: 303, difference: -3 }],
    });
    expect(reconcile(calls.slice(50), observed).agrees).toBe(false);
    expect(reconcile(calls, null).agrees).toBeNull();
  });
  it('find cached tokens that nobody declared, and let declared ones be', () => {
    expect(findContamination(calls)).toMatchObject({
      calls: 20,
      cached_input_tokens: 160,
      share_of_input: 0.16,
      contaminated: true,
    });
    expect(findContamination(calls.map((call) => ({ ...call, cacheExpected: true }))).contaminated).toBe(
      false,
    );
  });
});

describe('cost', () => {
  const prices = parsePrices({ input: '0.15', cachedInput: '0.075', output: '0.60' });
  const calls = [
    sampleCall({
      inputTokens: 1000,
      cachedInputTokens: 400,
      outputTokens: 50,
      eventMs: [1],
      eventTokens: [50],
    }),
  ];
  it('is exact to the last digit', () => {
    // 600 × 0.15 + 400 × 0.075 + 50 × 0.60 = 150 USD per million = 0.00015
    expect(prices === null ? null : computeRunCost(calls, prices, 1000)).toMatchObject({
      totalUsd: '0.00015',
      per1kCallsUsd: '0.15',
      per1mOutputTokensUsd: '3',
    });
  });
  it('shares the hours of a machine among its calls', () => {
    const hourly = parsePrices({ hour: '3.6' });
    expect(hourly === null ? null : computeRunCost([...calls, ...calls], hourly, 10_000)).toMatchObject({
      totalUsd: '0.01',
      per1kCallsUsd: '5',
    });
  });
  it('is unknown without prices', () => {
    expect(parsePrices({})).toBeNull();
    expect(() => parsePrices({ input: 'cheap' })).toThrow(/no price/);
  });
});
