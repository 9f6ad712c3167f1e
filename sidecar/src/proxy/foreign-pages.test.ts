// Web pages at a sidecar that holds a key of its own: they may bring theirs, and never spend ours.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

let upstream: ScriptedUpstream;
let collector: FakeCollector;
let sidecar: TestSidecar;

beforeAll(async () => {
  upstream = await createScriptedUpstream({ '/v1/chat/completions': { steps: [{ chunk: '{}' }] } });
  collector = await createFakeCollector();
  const main = {
    name: 'main',
    provider: 'openai',
    baseUrl: upstream.url,
    default: true,
    apiKeyEnv: 'OWN_KEY',
  };
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    env: { OWN_KEY: 'sk-ours' },
    config: { upstreams: [main], sidecar: { allowedOrigins: ['https://app.example.com'] } },
  });
});
afterAll(async () => {
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

it.each<[string, string, Record<string, string>, number]>([
  ['a program', 'POST', {}, 200],
  ['a page', 'POST', { origin: 'https://evil.example.com' }, 403],
  ['a page that is named', 'POST', { origin: 'https://app.example.com' }, 200],
  [
    'a page with a key of its own',
    'POST',
    { origin: 'https://b.example.com', authorization: 'Bearer x' },
    200,
  ],
  ['the preflight of a page', 'OPTIONS', { origin: 'https://b.example.com' }, 200],
])('%s (%s) is answered as it may', async (_, method, headers, status) => {
  const sent = upstream.requests.length;
  const body = method === 'POST' ? '{"model":"m","messages":[]}' : null;
  const answer = await fetch(`${sidecar.url}/v1/chat/completions`, { method, headers, body });
  expect(answer.status).toBe(status);
  expect(upstream.requests.length - sent).toBe(status === 200 ? 1 : 0);
  const key = upstream.requests[sent]?.headers.authorization;
  if (status === 200 && method === 'POST') expect(key).toBe(headers['authorization'] ?? 'Bearer sk-ours');
});
