// When bytes leave: at once, as upstream framed them, and never faster than the client reads.
import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { openRaw } from '../../../test/fakes/raw-http.ts';
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

const lastRequest = () => upstream.requests.at(-1);

describe('timing and framing', () => {
  it('lets the first byte through before upstream has sent its second', async () => {
    let release: (value: unknown) => void = () => undefined;
    const until = new Promise((resolve) => {
      release = resolve;
    });
    upstream.on('/v1/chat/completions', {
      headers: ['Content-Type', 'text/event-stream'],
      steps: [{ chunk: 'd' }, { until }, { chunk: 'ata: [DONE]\n\n' }],
    });
    const raw = await openRaw(sidecar.port);
    raw.send(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 57\r\nConnection: close\r\n\r\n{"stream":true,"stream_options":{"include_usage":true}}  ',
    );
    expect(await raw.until('\r\n\r\n1\r\nd\r\n')).not.toContain('ata');
    release(undefined);
    expect(await raw.closed()).toContain('d\r\nata: [DONE]\n\n\r\n0\r\n\r\n');
  });

  it('lets headers through before the first chunk', async () => {
    let release: (value: unknown) => void = () => undefined;
    const until = new Promise((resolve) => {
      release = resolve;
    });
    upstream.on('/v1/slow', { headers: ['X-Early', 'yes'], steps: [{ until }, { chunk: 'x' }] });
    const raw = await openRaw(sidecar.port);
    raw.send('GET /v1/slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await raw.until('X-Early: yes');
    release(undefined);
    expect(await raw.closed()).toContain('\r\n1\r\nx\r\n0\r\n\r\n');
  });

  it('keeps pipelined answers apart, whichever upstream sends first', async () => {
    let release: (value: unknown) => void = () => undefined;
    const until = new Promise((resolve) => {
      release = resolve;
    });
    upstream.on('/v1/first', { steps: [{ chunk: 'a' }, { until }, { chunk: 'b' }, { chunk: 'b' }] });
    upstream.on('/v1/second', { steps: [{ chunk: 'c' }, { chunk: 'd' }] });
    const raw = await openRaw(sidecar.port);
    raw.send('GET /v1/first HTTP/1.1\r\nHost: x\r\n\r\n');
    raw.send('GET /v1/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await raw.until('\r\n1\r\na\r\n');
    await vi.waitFor(() => expect(lastRequest()?.url).toBe('/v1/second'), 10_000);
    release(undefined);
    const [first = '', second = ''] = (await raw.closed()).split('0\r\n\r\nHTTP/1.1 200');
    // Newer versions of Node write what upstream writes in one turn as one chunk.
    expect(first).toMatch(/\r\n\r\n1\r\na\r\n(1\r\nb\r\n1\r\nb|2\r\nbb)\r\n$/);
    expect(second).toMatch(/\r\n\r\n(1\r\nc\r\n1\r\nd|2\r\ncd)\r\n0\r\n\r\n$/);
  });

  it('carries trailers, repeated ones too', async () => {
    upstream.on('/v1/trailed', {
      headers: ['Trailer', 'X-Sum', 'Transfer-Encoding', 'chunked'],
      steps: [{ chunk: 'body' }],
      trailers: [
        ['X-Sum', '1'],
        ['X-Sum', '2'],
      ],
    });
    const raw = await openRaw(sidecar.port);
    raw.send('GET /v1/trailed HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close\r\n\r\n');
    expect(await raw.closed()).toMatch(/\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n$/);
  });

  it('answers 100-continue before it reads the body', async () => {
    upstream.on('/v1/embeddings', { steps: [{ chunk: '{}' }] });
    const raw = await openRaw(sidecar.port);
    raw.send(
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n',
    );
    await raw.until('HTTP/1.1 100 Continue\r\n\r\n');
    raw.send('{"a"');
    expect(await raw.closed()).toContain('HTTP/1.1 200 OK');
    expect(lastRequest()?.body.toString()).toBe('{"a"');
    expect(lastRequest()?.headers.expect).toBeUndefined();
  });

  it('holds upstream back while the client does not read, and loses nothing', async () => {
    const size = 24 * 1024 * 1024;
    let written = 0;
    const piece = randomBytes(256 * 1024);
    upstream.on('/v1/large', {
      steps: Array.from({ length: size / piece.length }, () => ({
        get chunk() {
          written += piece.length;
          return piece;
        },
      })),
    });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest(`${sidecar.url}/v1/large`, resolve).on('error', reject).end();
    });
    answer.pause();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(written).toBeLessThan(size / 2);
    let read = 0;
    for await (const bytes of answer) read += (bytes as Buffer).length;
    expect(read).toBe(size);
    await collector.until(() =>
      collector.calls().some((call) => call.response_bytes === size && call.client_blocked_ms > 100),
    );
  });

  it('holds the client back while upstream does not read a 64 MB body, and loses nothing', async () => {
    const size = 64 * 1024 * 1024;
    const held: { socket: Socket | null; received: number } = { socket: null, received: 0 };
    const reader = createServer({ pauseOnConnect: true }, (socket) => {
      held.socket = socket;
      socket.on('data', (data) => {
        held.received += data.length;
        if (held.received >= size) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      });
      socket.pause();
    });
    await new Promise<void>((resolve) => reader.listen(0, '127.0.0.1', resolve));
    const { port } = reader.address() as AddressInfo;
    const slow = await startTestSidecar({
      collectorUrl: collector.url,
      upstreamUrl: `http://127.0.0.1:${port}`,
    });
    const piece = randomBytes(256 * 1024);
    let sent = 0;
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-length': size };
      const sending = httpRequest(`${slow.url}/v1/files`, { method: 'POST', headers }, resolve);
      sending.on('error', reject);
      const more = (): void => {
        for (; sent < size; sent += piece.length) {
          if (!sending.write(piece)) {
            sent += piece.length;
            sending.once('drain', more);
            return;
          }
        }
        sending.end();
      };
      more();
    });
    for (let before = -1; before !== sent; await new Promise((resolve) => setTimeout(resolve, 200)))
      before = sent;
    // What the kernel's buffers of both connections hold, and a little of ours: nowhere near the body.
    expect(sent).toBeLessThan(size / 2);
    held.socket?.resume();
    expect((await answered).statusCode).toBe(200);
    expect(held.received).toBeGreaterThan(size);
    await slow.stop();
    reader.close();
  });
});

describe('usage asked for on the client’s behalf', () => {
  const event = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
  const text = event({
    id: 'c',
    model: 'm',
    choices: [{ index: 0, delta: { content: 'hi' }, finish_reason: 'stop' }],
  });
  const usage = event({
    id: 'c',
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
  });

  it('is recorded, and the chunk that carries it withheld', async () => {
    upstream.on('/v1/chat/completions', {
      headers: ['Content-Type', 'text/event-stream'],
      steps: [{ chunk: text }, { chunk: usage }, { chunk: 'data: [DONE]\n\n' }],
    });
    const answer = await fetch(`${sidecar.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-tollgate-app': 'asker' },
      body: '{"model":"m","stream":true}',
    });
    expect(await answer.text()).toBe(`${text}data: [DONE]\n\n`);
    expect(JSON.parse(lastRequest()?.body.toString() ?? '')).toMatchObject({
      stream_options: { include_usage: true },
    });
    await collector.until(() => collector.calls().some((call) => call.app === 'asker'));
    expect(collector.calls().find((call) => call.app === 'asker')).toMatchObject({
      usage_source: 'reported',
      input_uncached_tokens: 3,
      output_text_tokens: 1,
      retries: 0,
    });
  });

  it('is not insisted on: a server that refuses gets the request as it came', async () => {
    const stubborn = await startTestSidecar({ collectorUrl: collector.url, upstreamUrl: upstream.url });
    upstream.on('/v1/chat/completions', ({ body }) =>
      body.includes('stream_options')
        ? { status: 400, steps: [{ chunk: '{"error":{"message":"unknown field stream_options"}}' }] }
        : { headers: ['Content-Type', 'text/event-stream'], steps: [{ chunk: text }] },
    );
    const send = () =>
      fetch(`${stubborn.url}/v1/chat/completions`, { method: 'POST', body: '{"model":"m","stream":true}' });
    expect(await (await send()).text()).toBe(text);
    const requests = upstream.requests.length;
    expect(await (await send()).text()).toBe(text);
    expect(upstream.requests.length).toBe(requests + 1);
    await stubborn.stop();
  });
});
