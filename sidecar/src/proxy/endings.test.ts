// How calls end besides well: clients that leave, upstreams that fail, limits that run out; each named in the call's record.
import { createServer } from 'node:net';
import type { LlmCall } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { freePort } from '../../../test/fakes/free-port.ts';
import { openRaw } from '../../../test/fakes/raw-http.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

let upstream: ScriptedUpstream;
let collector: FakeCollector;
let sidecar: TestSidecar;
let refusingPort: number;

const SSE = ['Content-Type', 'text/event-stream'] as const;
const event = (text: string) =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content: text } }] })}\n\n`;

beforeAll(async () => {
  upstream = await createScriptedUpstream();
  collector = await createFakeCollector();
  refusingPort = await freePort();
  const timeouts = { connectMs: 300, headersMs: 300, idleMs: 300 };
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    config: {
      upstreams: [
        { name: 'main', provider: 'openai', baseUrl: upstream.url, default: true, timeouts },
        { name: 'brief', provider: 'openai', baseUrl: upstream.url, timeouts: { totalMs: 250 } },
        ...(['anthropic', 'google', 'openai', 'cohere', 'ollama', 'bedrock', 'tgi'] as const).map(
          (provider) => ({
            name: `dead-${provider}`,
            provider,
            baseUrl: `http://127.0.0.1:${refusingPort}`,
          }),
        ),
      ],
    },
  });
});
afterAll(async () => {
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

/** The record of the call that was sent under this app's name. */
async function recorded(app: string): Promise<LlmCall> {
  const find = () => collector.calls().find((call) => call.app === app);
  await collector.until(() => find() !== undefined);
  const call = find();
  if (call === undefined) throw new Error('unreachable');
  return call;
}

const post = (path: string, app: string, signal?: AbortSignal) =>
  fetch(`${sidecar.url}${path}`, {
    method: 'POST',
    headers: { 'x-tollgate-app': app, 'content-type': 'application/json' },
    body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"hello there"}]}',
    ...(signal === undefined ? {} : { signal }),
  });

describe('a client that leaves', () => {
  it('in mid-stream is felt upstream at once, and billed for what came', async () => {
    upstream.on('/v1/chat/completions', {
      headers: SSE,
      steps: [{ chunk: event('one ') }, { chunk: event('two') }, { hang: true }],
    });
    const leaving = new AbortController();
    const aborted = upstream.nextAbort();
    const answer = await post('/v1/chat/completions', 'leaver', leaving.signal);
    const reader = answer.body?.getReader();
    let text = '';
    while (!text.includes('two')) text += Buffer.from((await reader?.read())?.value ?? []).toString();
    leaving.abort();
    await aborted;
    const call = await recorded('leaver');
    expect(call).toMatchObject({
      outcome: 'client_aborted',
      status: 200,
      usage_source: 'partial',
      token_events: 2,
    });
    expect(call.output_text_tokens).toBeGreaterThan(0);
    expect(call.input_uncached_tokens).toBeGreaterThan(0);
  });

  it('before upstream answered is felt upstream as well', async () => {
    upstream.on('/v1/chat/completions', { silent: true });
    const leaving = new AbortController();
    const aborted = upstream.nextAbort();
    const sent = upstream.requests.length;
    const answer = post('/v1/chat/completions', 'early', leaving.signal).catch(() => null);
    while (upstream.requests.length === sent) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    await Promise.all([answer, aborted]);
    expect(await recorded('early')).toMatchObject({ outcome: 'client_aborted', status: 0 });
  });

  it('before its request was whole is recorded and never reaches upstream', async () => {
    const sent = upstream.requests.length;
    const raw = await openRaw(sidecar.port);
    raw.send(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-tollgate-app: half\r\nContent-Length: 100\r\n\r\n{"mod',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    raw.close();
    expect(await recorded('half')).toMatchObject({ outcome: 'client_aborted', status: 0, request_bytes: 5 });
    expect(upstream.requests.length).toBe(sent);
  });
});

describe('an upstream that fails', () => {
  it.each([
    ['of a few bytes', 'one'],
    ['of more than is copied', 'one'.repeat(10_000)],
  ])('in mid-answer leaves the client with a cut answer, the last chunk %s included', async (_, content) => {
    upstream.on('/v1/chat/completions', { headers: SSE, steps: [{ chunk: event(content) }, { cut: true }] });
    const raw = await openRaw(sidecar.port);
    const body = '{"model":"m","stream":true,"stream_options":{"include_usage":true}}';
    raw.send(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-tollgate-app: cut\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const text = await raw.closed();
    expect(text).toContain(content);
    expect(text).not.toContain('\r\n0\r\n\r\n');
    expect(await recorded('cut')).toMatchObject({
      outcome: 'upstream_error',
      error_type: 'connection_lost',
      usage_source: 'partial',
    });
  });

  it.each([
    [
      'anthropic',
      '/v1/messages',
      { type: 'error', error: { type: 'api_error', message: expect.any(String) } },
    ],
    [
      'google',
      '/v1beta/models/g:generateContent',
      { error: { code: 502, message: expect.any(String), status: 'UNAVAILABLE' } },
    ],
    [
      'openai',
      '/v1/chat/completions',
      {
        error: { message: expect.any(String), type: 'server_error', param: null, code: 'connection_refused' },
      },
    ],
    ['cohere', '/v2/chat', { message: expect.any(String) }],
    ['ollama', '/api/chat', { error: expect.any(String) }],
    ['bedrock', '/model/m/converse', { message: expect.any(String) }],
    ['tgi', '/generate', { error: expect.any(String), error_type: 'connection_refused' }],
  ])('to be reached is told in the words of %s', async (provider, path, shape) => {
    const answer = await post(`/dead-${provider}${path}`, `dead-${provider}`);
    expect([answer.status, answer.headers.get('x-tollgate-reason')]).toEqual([502, 'connection_refused']);
    expect(answer.headers.get('x-tollgate-call-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await answer.json()).toEqual(shape);
    expect(await recorded(`dead-${provider}`)).toMatchObject({
      outcome: 'upstream_unreachable',
      status: 502,
      error_type: 'connection_refused',
    });
  });

  it('with an error of its own is passed on as it is', async () => {
    const body = '{"error":{"message":"slow down","type":"rate_limit_error"}}';
    upstream.on('/v1/chat/completions', {
      status: 429,
      headers: ['Retry-After', '7'],
      steps: [{ chunk: body }],
    });
    const answer = await post('/v1/chat/completions', 'limited');
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([429, '7', body]);
    expect(await recorded('limited')).toMatchObject({
      outcome: 'upstream_error',
      status: 429,
      error_type: 'rate_limit_error',
    });
  });

  it('to exist is a 404 of ours', async () => {
    const lonely = await startTestSidecar({
      collectorUrl: collector.url,
      config: {
        upstreams: [
          { name: 'a', provider: 'openai', baseUrl: upstream.url },
          { name: 'b', provider: 'openai', baseUrl: upstream.url },
        ],
      },
    });
    const answer = await fetch(`${lonely.url}/nobody/v1`, { headers: { 'x-tollgate-app': 'lost' } });
    expect([answer.status, answer.headers.get('x-tollgate-reason')]).toEqual([404, 'unknown_upstream']);
    expect(await recorded('lost')).toMatchObject({ outcome: 'invalid_request', status: 404 });
    await lonely.stop();
  });
});

describe('a limit that runs out', () => {
  it('before the headers is a 504 with its reason', async () => {
    upstream.on('/v1/chat/completions', { silent: true });
    const answer = await post('/v1/chat/completions', 'headers');
    expect([answer.status, answer.headers.get('x-tollgate-reason')]).toEqual([504, 'headers_timeout']);
    expect(await recorded('headers')).toMatchObject({ outcome: 'timeout', error_type: 'headers_timeout' });
  });

  it('between two chunks cuts the answer', async () => {
    upstream.on('/v1/chat/completions', { headers: SSE, steps: [{ chunk: event('one') }, { hang: true }] });
    const answer = await post('/v1/chat/completions', 'idle');
    await expect(answer.text()).rejects.toThrow();
    expect(await recorded('idle')).toMatchObject({
      outcome: 'timeout',
      error_type: 'idle_timeout',
      status: 200,
    });
  });

  it('for the whole call cuts an answer that keeps coming', async () => {
    const steps = Array.from({ length: 40 }, () => [{ chunk: event('x') }, { delayMs: 20 }]).flat();
    upstream.on('/v1/chat/completions', { headers: SSE, steps });
    const answer = await post('/brief/v1/chat/completions', 'total');
    await expect(answer.text()).rejects.toThrow();
    expect(await recorded('total')).toMatchObject({
      outcome: 'timeout',
      error_type: 'total_timeout',
      status: 200,
    });
  });

  it('for connecting is told apart', async () => {
    // A TLS client waits for ever on a server that accepts and never shakes hands.
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const stuck = await startTestSidecar({
      collectorUrl: collector.url,
      config: {
        upstreams: [
          {
            name: 'mute',
            provider: 'openai',
            baseUrl: `https://127.0.0.1:${port}`,
            timeouts: { connectMs: 200 },
          },
        ],
      },
    });
    const answer = await fetch(`${stuck.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-tollgate-app': 'mute' },
      body: '{}',
    });
    expect([answer.status, answer.headers.get('x-tollgate-reason')]).toEqual([504, 'connect_timeout']);
    expect(await recorded('mute')).toMatchObject({ outcome: 'timeout', error_type: 'connect_timeout' });
    await stuck.stop();
    mute.close();
  });
});
