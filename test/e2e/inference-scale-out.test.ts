// Several server processes behind one sidecar: side by side under names of their own, and as one behind a balancer.
import { parsePrometheusText } from '@tollgate/inference-ref/load-test/context/prometheus-text';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../fakes/fake-collector.ts';
import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';
import { type RoundRobin, startRoundRobin } from '../fakes/round-robin.ts';
import { startTestSidecar, type TestSidecar } from '../fakes/test-sidecar.ts';

const MODEL = 'tollgate-tiny';
const CALLS = 12;

let servers: InferenceProcess[];
let balancer: RoundRobin;
let collector: FakeCollector;
let sidecar: TestSidecar;
beforeAll(async () => {
  servers = await Promise.all([startInferenceProcess(), startInferenceProcess()]);
  balancer = await startRoundRobin(servers.map(({ url }) => url));
  collector = await createFakeCollector();
  const upstream = { provider: 'vllm' };
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    config: {
      upstreams: [
        { ...upstream, name: 'all', baseUrl: balancer.url, default: true },
        ...servers.map(({ url }, index) => ({ ...upstream, name: `infer-${index}`, baseUrl: url })),
      ],
    },
  });
});
afterAll(async () => {
  await sidecar?.stop();
  await collector?.close();
  await balancer?.close();
  for (const server of servers ?? []) expect(await server.stop()).toBe(0);
});

async function answered({ url }: InferenceProcess): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return parsePrometheusText(page).get('vllm:request_success_total')?.sum ?? 0;
}

async function ask(path: string, index: number): Promise<string> {
  const client = new OpenAI({ baseURL: `${sidecar.url}${path}/v1`, apiKey: 'none', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: `Whale ${index}` }];
  const stream = await client.chat.completions.create({
    model: MODEL,
    messages,
    max_tokens: 20,
    stream: true,
  });
  let finish = '';
  for await (const chunk of stream) finish = chunk.choices[0]?.finish_reason ?? finish;
  return finish;
}

it('spreads calls over both processes and meters every one of them', async () => {
  const finishes = await Promise.all(Array.from({ length: CALLS }, async (_, index) => await ask('', index)));
  expect(finishes.every((finish) => finish === 'stop' || finish === 'length')).toBe(true);
  const counts = await Promise.all(servers.map(answered));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(CALLS);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

it('reaches each process under its own name', async () => {
  const before = await Promise.all(servers.map(answered));
  await ask('/infer-0', 0);
  await ask('/infer-0', 1);
  await ask('/infer-1', 2);
  const after = await Promise.all(servers.map(answered));
  expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([2, 1]);
});
