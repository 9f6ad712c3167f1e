// Calls whose client leaves while `drainOnAbort` is set: upstream is read on, so that the usage is the provider's own.
import type { LlmCall } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

let upstream: ScriptedUpstream;
let collector: FakeCollector;
let sidecar: TestSidecar;

beforeAll(async () => {
  upstream = await createScriptedUpstream();
  collector = await createFakeCollector();
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    upstreamUrl: upstream.url,
    config: { sidecar: { gpu: { enabled: false }, drainOnAbort: { maxMs: 5_000 } } },
  });
});
afterAll(async () => {
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

const SSE = ['Content-Type', 'text/event-stream'] as const;
const event = (text: string) =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content: text } }] })}\n\n`;

/** The record of the call that was sent under this app's name. */
async function recorded(app: string): Promise<LlmCall> {
  const find = () => collector.calls().find((call) => call.app === app);
  await collector.until(() => find() !== undefined);
  return find() as LlmCall;
}

describe('a client that leaves', () => {
  it('is read on for within the bounds, where a drain is wanted, so that its usage is exact', async () => {
    let release: (value: unknown) => void = () => undefined;
    const until = new Promise((resolve) => {
      release = resolve;
    });
    const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}\n\n';
    const end = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
    upstream.on('/v1/chat/completions', {
      headers: SSE,
      steps: [{ chunk: event('one') }, { until }, { chunk: `${end}${usage}data: [DONE]\n\n` }],
    });
    const leaving = new AbortController();
    const answer = await fetch(`${sidecar.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-tollgate-app': 'drained' },
      body: '{"model":"m","stream":true}',
      signal: leaving.signal,
    });
    await answer.body?.getReader().read();
    leaving.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    release(undefined);
    expect(await recorded('drained')).toMatchObject({
      outcome: 'client_aborted',
      usage_source: 'reported',
      input_uncached_tokens: 7,
      output_text_tokens: 5,
    });
  });

  it('before upstream answered is waited for too, where a drain is wanted', async () => {
    let release: (value: unknown) => void = () => undefined;
    const until = new Promise((resolve) => {
      release = resolve;
    });
    const usage = { prompt_tokens: 5000, completion_tokens: 900, total_tokens: 5900 };
    const choices = [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }];
    upstream.on('/v1/chat/completions', {
      headers: ['Content-Type', 'application/json'],
      steps: [{ until }, { chunk: JSON.stringify({ id: 'c', model: 'm', choices, usage }) }],
    });
    const sent = upstream.requests.length;
    const leaving = new AbortController();
    const answer = fetch(`${sidecar.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-tollgate-app': 'drained-early' },
      body: '{"model":"m"}',
      signal: leaving.signal,
    }).catch(() => null);
    while (upstream.requests.length === sent) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    await answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
    release(undefined);
    expect(await recorded('drained-early')).toMatchObject({
      outcome: 'client_aborted',
      status: 200,
      usage_source: 'reported',
      input_uncached_tokens: 5000,
      output_text_tokens: 900,
    });
  });
});
