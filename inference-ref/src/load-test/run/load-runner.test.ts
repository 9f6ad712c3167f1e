// Real worker processes: what ends a run before its plan.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTimingServer, type TimingServer } from '../timing-server/timing-server.ts';
import { createPlan } from './create-plan.ts';
import type { LoadPlan } from './load-plan.ts';
import { createLoadRunner, type LoadRunner } from './load-runner.ts';
import { parseLoadtestOptions } from './parse-loadtest-options.ts';

let runner: LoadRunner;
let server: TimingServer;
beforeAll(async () => {
  runner = await createLoadRunner(1);
  server = await createTimingServer({ profile: { ttftMs: 1, gapMs: 1, outputTokens: 3 } });
});
afterAll(async () => {
  await runner.close();
  await server.close();
});

function planFor(url: string, requests: string): LoadPlan {
  const options = parseLoadtestOptions({ url, model: 'timing', requests, concurrency: '2' });
  return createPlan({ options, runNonce: 'n', trace: [] });
}

describe('a load', () => {
  it('is whole without a signal', async () => {
    const result = await runner.run(planFor(server.url, '5'));
    expect(result.records).toHaveLength(5);
    expect(result.cutShort).toBeNull();
  });

  it('starts no call after a signal that came before it', async () => {
    const result = await runner.run(planFor(server.url, '1000'), { signal: AbortSignal.abort() });
    expect(result.records).toEqual([]);
    expect(result.cutShort).toMatchObject({ cause: 'interrupted', calls: 0 });
  });

  it('ends at a signal that comes during it', async () => {
    const abort = new AbortController();
    const onProgress = (): void => abort.abort();
    const result = await runner.run(planFor(server.url, '1000000'), { signal: abort.signal, onProgress });
    expect(result.records.length).toBeGreaterThan(0);
    expect(result.cutShort).toMatchObject({ cause: 'interrupted', calls: result.records.length });
  });

  it('is given up when nothing listens', async () => {
    const { records, cutShort } = await runner.run(planFor('http://127.0.0.1:9/v1', '100000'));
    expect(records.length).toBeLessThan(30);
    expect(records.every(({ error }) => error?.kind === 'connect_refused')).toBe(true);
    expect(cutShort).toMatchObject({ cause: 'hopeless', calls: records.length });
  });
});
