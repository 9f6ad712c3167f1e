// A server of which every answer, its metrics page's too, comes through a sidecar or does not.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CALL_ID_HEADER } from '@tollgate/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { createPlan } from './create-plan.ts';
import { createLoadRunner, type LoadResult, type LoadRunner } from './load-runner.ts';
import { parseLoadtestOptions } from './parse-loadtest-options.ts';
import { createServerWatches } from './server-watches.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function serve(throughSidecar: boolean): Promise<{ url: string; scrapes: () => number }> {
  let scrapes = 0;
  const started = createServer((request, response) => {
    request.resume();
    if (throughSidecar) response.setHeader(CALL_ID_HEADER, 'id');
    if (request.url === '/metrics') {
      scrapes += 1;
      response.end('requests_total 1\n');
    } else response.end('data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n');
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(started.address() as AddressInfo).port}/v1`, scrapes: () => scrapes };
}

function watchesOf(options: { metricsUrl?: string[]; serverMetrics?: boolean } = {}) {
  const told: string[] = [];
  const watches = createServerWatches({
    options: { metricsUrl: [], serverMetrics: true, ...options },
    progress: { phase: (text) => told.push(text) },
  });
  return { watches, told };
}

const planFor = (url: string) =>
  createPlan({
    options: parseLoadtestOptions({ url, model: 'm', requests: '1' }),
    runNonce: 'n',
    trace: [],
  });

describe('the metrics page beside the API', () => {
  it('is read where no sidecar stands before it', async () => {
    const { url, scrapes } = await serve(false);
    const { watches, told } = watchesOf();
    const observed = await (await watches.begin(url)).stop();
    expect(observed?.scrapes).toBe(2);
    expect(scrapes()).toBe(2);
    expect(told).toEqual([]);
  });

  it('is never asked for where earlier answers came through a sidecar', async () => {
    const { url, scrapes } = await serve(true);
    const { watches, told } = watchesOf();
    const runner = { run: async () => ({ throughSidecar: true }) as LoadResult } as unknown as LoadRunner;
    await watches.noting(runner).run(planFor(url));
    for (let block = 0; block < 2; block += 1) expect(await (await watches.begin(url)).stop()).toBeNull();
    expect(scrapes()).toBe(0);
    expect(told).toEqual([expect.stringMatching(/--metrics-url/)]);
  });

  it('is left alone after one answer where nothing was known before', async () => {
    const { url, scrapes } = await serve(true);
    const { watches } = watchesOf();
    for (let block = 0; block < 3; block += 1) expect(await (await watches.begin(url)).stop()).toBeNull();
    expect(scrapes()).toBe(1);
  });

  it('is read through a sidecar where the user names it', async () => {
    const { url, scrapes } = await serve(true);
    const { watches } = watchesOf({ metricsUrl: [new URL('/metrics', url).href] });
    expect((await (await watches.begin(url)).stop())?.scrapes).toBe(2);
    expect(scrapes()).toBe(2);
  });
});

describe('a load', () => {
  it.each([true, false])('knows whether it went through a sidecar: %s', async (throughSidecar) => {
    const { url } = await serve(throughSidecar);
    const runner = await createLoadRunner(1);
    const result = await runner.run(planFor(url));
    await runner.close();
    expect(result.records[0]?.error).toBeNull();
    expect(result.throughSidecar).toBe(throughSidecar);
  });
});
