// Clients that speak HTTP/2 without TLS, knowing beforehand that they may.
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { LlmCall } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { openRaw } from '../../../test/fakes/raw-http.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

const CHAT = '/v1/chat/completions';
const SSE = ['Content-Type', 'text/event-stream'] as const;
let upstream: ScriptedUpstream;
let collector: FakeCollector;
let sidecar: TestSidecar;
let session: ClientHttp2Session;

beforeAll(async () => {
  upstream = await createScriptedUpstream();
  collector = await createFakeCollector();
  sidecar = await startTestSidecar({ collectorUrl: collector.url, upstreamUrl: upstream.url });
  session = connect(sidecar.url);
});
afterAll(async () => {
  session.destroy();
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly text: string;
}

function send(headers: Record<string, string | string[]>, body: string | Buffer = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ':method': 'POST', ':path': CHAT, ...headers },
      { endStream: body === '' },
    );
    let found: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on('response', (answer) => {
      found = answer;
    });
    stream.on('trailers', (sent) => {
      trailers = sent;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('close', () => resolve({ headers: found, trailers, text: Buffer.concat(chunks).toString() }));
    if (body !== '') stream.end(body);
  });
}

async function recorded(app: string): Promise<LlmCall> {
  const find = () => collector.calls().find((call) => call.app === app);
  await collector.until(() => find() !== undefined);
  return find() as LlmCall;
}

describe('a client that speaks HTTP/2 without TLS', () => {
  it('has its calls passed on and recorded like any other', async () => {
    upstream.on(CHAT, {
      headers: ['Content-Type', 'application/json', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
      steps: [{ chunk: '{"model":"m","usage":{"prompt_tokens":3,"completion_tokens":1}}' }],
    });
    const answer = await send(
      {
        ':path': `${CHAT}?a=%20b`,
        'x-tollgate-app': 'h2',
        'x-twice': ['1', '2'],
        authorization: 'Bearer sk',
      },
      '{"model":"m"}',
    );
    expect(answer.headers).toMatchObject({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] });
    expect(answer.headers['x-tollgate-call-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.text).toContain('"usage"');
    const request = upstream.requests.at(-1);
    expect(request).toMatchObject({ method: 'POST', url: `${CHAT}?a=%20b` });
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer sk',
      host: `127.0.0.1:${upstream.port}`,
    });
    expect(request?.rawHeaders.filter((_, index, all) => all[index - 1] === 'x-twice')).toEqual(['1', '2']);
    expect(request?.headers).not.toHaveProperty('x-tollgate-app');
    expect(await recorded('h2')).toMatchObject({
      input_uncached_tokens: 3,
      output_text_tokens: 1,
      outcome: 'ok',
    });
  });

  it('may have many streams at once', async () => {
    upstream.on(CHAT, ({ body }) => ({ steps: [{ delayMs: 20 }, { chunk: body }] }));
    const bodies = Array.from({ length: 50 }, (_, index) => `{"model":"m${index}"}`);
    const answers = await Promise.all(bodies.map((body) => send({}, body)));
    expect(answers.map(({ text }) => text)).toEqual(bodies);
  });

  it('gets the first event before upstream has sent the second', async () => {
    let release: (value: unknown) => void = () => undefined;
    const until = new Promise((resolve) => {
      release = resolve;
    });
    upstream.on(CHAT, {
      headers: SSE,
      steps: [{ chunk: 'data: 1\n\n' }, { until }, { chunk: 'data: [DONE]\n\n' }],
    });
    const stream = session.request({ ':method': 'POST', ':path': CHAT });
    stream.end('{"stream":true,"stream_options":{"include_usage":true}}');
    const first = await new Promise<Buffer>((resolve) => stream.once('data', resolve));
    expect(first.toString()).toBe('data: 1\n\n');
    release(undefined);
    expect((await new Promise<Buffer>((resolve) => stream.once('data', resolve))).toString()).toContain(
      'DONE',
    );
  });

  it('sends large bodies, and gets large answers and trailers', async () => {
    upstream.on(CHAT, ({ body }) => ({
      headers: ['Trailer', 'x-sum', 'Transfer-Encoding', 'chunked'],
      steps: [{ chunk: body }],
      trailers: [['x-sum', String(body.length)]],
    }));
    const body = JSON.stringify({ model: 'm', text: 'x'.repeat(3_000_000) });
    const answer = await send({ te: 'trailers' }, body);
    expect(answer.text).toBe(body);
    expect(answer.trailers).toMatchObject({ 'x-sum': String(body.length) });
  });

  it('may ask without a body', async () => {
    upstream.on('/v1/models', { headers: ['Content-Length', '1234'] });
    const head = await send({ ':method': 'HEAD', ':path': '/v1/models' });
    expect(head).toMatchObject({ headers: { ':status': 200, 'content-length': '1234' }, text: '' });
    upstream.on('/v1/models', { steps: [{ chunk: '{"data":[]}' }] });
    expect((await send({ ':method': 'GET', ':path': '/v1/models' })).text).toBe('{"data":[]}');
    upstream.on(CHAT, { steps: [{ chunk: '{}' }] });
    await send({});
    expect(upstream.requests.at(-1)?.headers['content-length']).toBe('0');
  });

  it('that resets its stream is felt upstream at once; its other streams live on', async () => {
    upstream.on(CHAT, { headers: SSE, steps: [{ chunk: 'data: 1\n\n' }, { hang: true }] });
    const stream = session.request({ ':method': 'POST', ':path': CHAT, 'x-tollgate-app': 'h2-leaver' });
    stream.end('{"stream":true}');
    await new Promise((resolve) => stream.once('data', resolve));
    const aborted = upstream.nextAbort();
    stream.close(constants.NGHTTP2_CANCEL);
    await aborted;
    expect(await recorded('h2-leaver')).toMatchObject({ outcome: 'client_aborted' });
    upstream.on(CHAT, { steps: [{ chunk: '{}' }] });
    expect((await send({}, '{}')).text).toBe('{}');
  });

  it('sees an answer that breaks off as a reset stream', async () => {
    upstream.on(CHAT, { headers: SSE, steps: [{ chunk: 'data: 1\n\n' }, { cut: true }] });
    await expect(send({ 'x-tollgate-app': 'h2-cut' }, '{"stream":true}')).rejects.toMatchObject({
      code: 'ERR_HTTP2_STREAM_ERROR',
    });
    expect(await recorded('h2-cut')).toMatchObject({ outcome: 'upstream_error' });
  });
});

describe('a connection', () => {
  it('whose first bytes come one by one is served all the same', async () => {
    upstream.on('/v1/slow', { steps: [{ chunk: 'ok' }] });
    const raw = await openRaw(sidecar.port);
    for (const byte of 'PUT /v1/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n!') {
      raw.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await raw.closed()).toContain('ok');
    expect(upstream.requests.at(-1)?.body.toString()).toBe('!');
  });

  it('that says nothing, or is open without a call, does not hold up a stop', async () => {
    const other = await startTestSidecar({
      collectorUrl: collector.url,
      upstreamUrl: upstream.url,
      config: {
        sidecar: {
          gpu: { enabled: false },
          canary: { enabled: false },
          shutdown: { drainMs: 60_000, shipMs: 300 },
        },
      },
    });
    const silent = await openRaw(other.port);
    const idle = connect(other.url);
    await new Promise((resolve) => idle.once('remoteSettings', resolve));
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    await Promise.all([other.stop(), silent.closed(), idleClosed]);
  });
});
