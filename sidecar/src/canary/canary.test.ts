// The canary through a real sidecar: compares, is nobody's traffic, and asks no provider.
import { createLogger } from '@tollgate/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';
import { createMetricRegistry } from '../telemetry/metric-registry.ts';
import { createCanary } from './canary.ts';

let upstream: ScriptedUpstream;
let collector: FakeCollector;
let sidecar: TestSidecar;

beforeAll(async () => {
  upstream = await createScriptedUpstream({ '/v1/embeddings': { steps: [{ chunk: '{}' }] } });
  collector = await createFakeCollector();
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    upstreamUrl: upstream.url,
    config: {
      sidecar: {
        gpu: { enabled: false },
        canary: { enabled: true, intervalMs: 1_000 },
        // A corporate proxy that is not there: the canary must not need it.
        egressProxy: { url: 'http://127.0.0.1:1', noProxy: [new URL(upstream.url).host] },
      },
    },
  });
});
afterAll(async () => {
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

const metrics = async (): Promise<string> => await (await fetch(`${sidecar.adminUrl}/metrics`)).text();

async function value(series: string): Promise<number> {
  const line = (await metrics()).split('\n').find((text) => text.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

describe('the canary', () => {
  it('shows as many calls direct as proxied, and what the way through costs', async () => {
    const proxied = 'tollgate_canary_seconds_count{path="proxied"}';
    while (!((await value(proxied)) >= 40)) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await value('tollgate_canary_seconds_count{path="direct"}')).toBe(await value(proxied));
    expect(await value('tollgate_canary_overhead_seconds{quantile="0.5"}')).toBeGreaterThan(0);
    expect(await value('tollgate_canary_failures_total')).toBe(0);
  });

  it('is counted nowhere and asks nobody', async () => {
    expect(upstream.requests).toEqual([]);
    expect(await value('tollgate_calls_seen_total')).toBe(0);
    expect(await metrics()).not.toMatch(/^llm_request_total\{/m);
    await (await fetch(`${sidecar.url}/v1/embeddings`, { method: 'POST', body: '{}' })).text();
    await collector.until(() => collector.calls().length > 0);
    expect(collector.calls().map(({ seq, upstream: name }) => [seq, name])).toEqual([[0, 'default']]);
    expect(await value('llm_requests_in_progress')).toBe(0);
  });

  it('counts a round that does not succeed, and takes the next', async () => {
    const registry = createMetricRegistry({ maxSeries: 10 });
    const canary = createCanary({
      registry,
      intervalMs: 20,
      log: createLogger({ name: 'test', level: 'silent' }),
    });
    await canary.open();
    canary.watch('http://127.0.0.1:1');
    const failures = () =>
      registry.snapshot().find(({ name }) => name === 'tollgate_canary_failures_total')?.series[0]
        ?.numbers[0] ?? 0;
    while (failures() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await canary.stop();
  });
});
