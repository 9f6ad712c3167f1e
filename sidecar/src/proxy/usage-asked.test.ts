// Usage is asked of a stream for a client that did not: what an upstream does that refuses it, and when it is asked again.
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
  sidecar = await startTestSidecar({ collectorUrl: collector.url, upstreamUrl: upstream.url });
});
afterAll(async () => {
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

const SSE = ['Content-Type', 'text/event-stream'] as const;
const DELTA =
  'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"one"},"finish_reason":"stop"}]}\n\n';

/** The record of the call that was sent under this app's name. */
async function recorded(app: string): Promise<LlmCall> {
  const find = () => collector.calls().find((call) => call.app === app);
  await collector.until(() => find() !== undefined);
  return find() as LlmCall;
}

describe('an upstream that refuses a stream that usage was asked of', () => {
  const ask = async (app: string, model: string) => {
    const answer = await fetch(`${sidecar.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-tollgate-app': app, 'content-type': 'application/json' },
      body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'hello' }] }),
    });
    await answer.text();
    return answer.status;
  };
  const wasAsked = () => upstream.requests.slice(-1)[0]?.body.toString().includes('include_usage');

  it('for a fault of the call itself is asked again with the next call', async () => {
    const error = { error: { message: 'too long', code: 'context_length_exceeded' } };
    upstream.on('/v1/chat/completions', { status: 400, steps: [{ chunk: JSON.stringify(error) }] });
    expect(await ask('wrong', 'm')).toBe(400);
    expect(await recorded('wrong')).toMatchObject({ status: 400, retries: 1 });
    upstream.on('/v1/chat/completions', { headers: SSE, steps: [{ chunk: DELTA }] });
    expect(await ask('right', 'm')).toBe(200);
    expect(wasAsked()).toBe(true);
  });

  it('for what was added gets the call as it came, and is not asked for a while', async () => {
    upstream.on('/v1/chat/completions', ({ body }) =>
      body.toString().includes('include_usage')
        ? { status: 422, steps: [{ chunk: '{"error":{"message":"unknown field stream_options"}}' }] }
        : { headers: SSE, steps: [{ chunk: `${DELTA}data: [DONE]\n\n` }] },
    );
    expect(await ask('strict', 'm')).toBe(200);
    expect(await recorded('strict')).toMatchObject({ status: 200, retries: 1, usage_source: 'estimated' });
    const sent = upstream.requests.length;
    expect(await ask('strict-again', 'm')).toBe(200);
    expect([upstream.requests.length - sent, wasAsked()]).toEqual([1, false]);
  });
});
