// Upstreams behind TLS: whom we trust, who we say we are, and which HTTP is spoken.
import type { LlmCall } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { openRaw } from '../../../test/fakes/raw-http.ts';
import { createSecureUpstream, type SecureUpstream } from '../../../test/fakes/secure-upstream.ts';
import {
  createTestAuthority,
  openssl,
  type TestAuthority,
  type TestCertificate,
} from '../../../test/fakes/test-certificates.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

const CHAT = '/v1/chat/completions';
const EVENT_STREAM = { 'content-type': 'text/event-stream' };

describe.skipIf(openssl === undefined)('an upstream behind TLS (needs openssl)', () => {
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let clientCertificate: TestCertificate;
  let open: SecureUpstream;
  let guarded: SecureUpstream;
  let named: SecureUpstream;
  let collector: FakeCollector;
  let sidecar: TestSidecar;

  beforeAll(async () => {
    authority = createTestAuthority();
    stranger = createTestAuthority();
    const certificate = authority.issue('loopback', 'IP:127.0.0.1');
    clientCertificate = authority.issue('the-sidecar', 'DNS:sidecar.test');
    const strangers = stranger.issue('the-stranger', 'DNS:stranger.test');
    open = await createSecureUpstream({ certificate });
    guarded = await createSecureUpstream({ certificate, clientCa: authority.ca });
    named = await createSecureUpstream({ certificate: authority.issue('llm', 'DNS:llm.test') });
    collector = await createFakeCollector();
    const { caFile } = authority;
    const { certFile, keyFile } = clientCertificate;
    const upstream = (name: string, baseUrl: string, tls: object, more: object = {}) => ({
      name,
      provider: 'openai',
      baseUrl,
      tls,
      ...more,
    });
    sidecar = await startTestSidecar({
      collectorUrl: collector.url,
      config: {
        upstreams: [
          upstream('trusting', open.url, { caFile }),
          upstream('wary', open.url, {}),
          upstream('two', open.url, { caFile }, { allowHttp2: true }),
          upstream(
            'two-patient',
            open.url,
            { caFile },
            { allowHttp2: true, timeouts: { headersMs: 200, idleMs: 200 } },
          ),
          upstream('mutual', guarded.url, { caFile, certFile, keyFile }),
          upstream('nameless', guarded.url, { caFile }),
          upstream('impostor', guarded.url, {
            caFile,
            certFile: strangers.certFile,
            keyFile: strangers.keyFile,
          }),
          upstream('misnamed', named.url, { caFile }),
          upstream('renamed', named.url, { caFile, serverName: 'llm.test' }),
        ],
      },
    });
  });
  afterAll(async () => {
    await sidecar?.stop();
    await Promise.all([open.close(), guarded.close(), named.close(), collector.close()]);
    authority.remove();
    stranger.remove();
  });

  const post = (upstream: string, app: string, init: RequestInit = {}) =>
    fetch(`${sidecar.url}/${upstream}${CHAT}`, {
      method: 'POST',
      headers: { 'x-tollgate-app': app, 'content-type': 'application/json' },
      body: '{"model":"m","messages":[]}',
      ...init,
    });

  async function recorded(app: string): Promise<LlmCall> {
    const find = () => collector.calls().find((call) => call.app === app);
    await collector.until(() => find() !== undefined);
    return find() as LlmCall;
  }

  async function check(upstream: string, status: number, reason: string | null): Promise<void> {
    const answer = await post(upstream, upstream);
    await answer.text();
    expect([answer.status, answer.headers.get('x-tollgate-reason')]).toEqual([status, reason]);
  }

  describe('trust', () => {
    it('is given to the authority of the configuration', () => check('trusting', 200, null));
    it('is not given to an unknown one', async () => {
      await check('wary', 502, 'tls_failed');
      expect(await recorded('wary')).toMatchObject({
        outcome: 'upstream_unreachable',
        error_type: 'tls_failed',
      });
    });
    it('is not given to a certificate of another name', () => check('misnamed', 502, 'tls_failed'));
    it('is given to the name that the configuration says', () => check('renamed', 200, null));
  });

  describe('a client certificate', () => {
    it('is shown to an upstream that asks for one', async () => {
      await check('mutual', 200, null);
      expect(guarded.requests.at(-1)?.client).toBe('the-sidecar');
    });
    it.each([
      ['that is missing', 'nameless'],
      ['by another authority', 'impostor'],
    ])('%s is refused by upstream, and the client told so', async (_what, upstream) => {
      const before = guarded.requests.length;
      const answer = await post(upstream, upstream);
      expect(answer.status).toBe(502);
      // In TLS 1.3 our side of the handshake is over by then: a server may send an alert, or just hang up.
      expect(answer.headers.get('x-tollgate-reason')).toMatch(/^(tls_failed|connection_lost)$/);
      expect(guarded.requests.length).toBe(before);
    });
  });

  describe('HTTP/2', () => {
    it('is spoken where it is allowed and offered, HTTP/1.1 elsewhere', async () => {
      await check('two', 200, null);
      expect(open.requests.at(-1)).toMatchObject({
        httpVersion: '2.0',
        method: 'POST',
        url: CHAT,
        authority: `127.0.0.1:${open.port}`,
      });
      await check('trusting', 200, null);
      expect(open.requests.at(-1)?.httpVersion).toBe('1.1');
    });

    it('carries calls one after the other on one connection, and those at once apart', async () => {
      open.answer(({ body }, response) => response.end(body));
      await (await post('two', 'opens')).text();
      const before = open.connections();
      for (let turn = 0; turn < 5; turn += 1) await (await post('two', 'follows')).text();
      expect(open.connections()).toBe(before);
      const bodies = Array.from({ length: 20 }, (_, index) => JSON.stringify({ model: `m${index}` }));
      const answers = await Promise.all(
        bodies.map(async (body) => await (await post('two', 'many', { body })).text()),
      );
      expect(answers).toEqual(bodies);
    });

    it('keeps repeated headers, the query, large bodies and trailers', async () => {
      open.answer(({ body }, response) => {
        response.setHeader('set-cookie', ['a=1', 'b=2']);
        response.setHeader('trailer', 'x-sum');
        response.write(body);
        response.addTrailers({ 'x-sum': String(body.length) });
        response.end();
      });
      const body = JSON.stringify({ model: 'm', text: 'x'.repeat(2_000_000) });
      const raw = await openRaw(sidecar.port);
      raw.send(
        `POST /two${CHAT}?a=%20b&a=2 HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      const answer = await raw.closed();
      expect(open.requests.at(-1)?.url).toBe(`${CHAT}?a=%20b&a=2`);
      expect(open.requests.at(-1)?.body.toString()).toBe(body);
      expect(answer.match(/set-cookie: .*/g)).toEqual(['set-cookie: a=1', 'set-cookie: b=2']);
      expect(answer).toMatch(/\r\n0\r\nx-sum: 2\d{6}\r\n\r\n$/);
      expect(answer.length).toBeGreaterThan(body.length);
    });

    it('streams: the first event is through before upstream sends the second, and usage is read', async () => {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      open.answer(async (_request, response) => {
        response.writeHead(200, EVENT_STREAM);
        response.write('data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n');
        await released;
        response.write(
          'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n',
        );
        response.end('data: [DONE]\n\n');
      });
      const answer = await post('two', 'streamed', {
        body: '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
      });
      const reader = answer.body?.getReader();
      const first = Buffer.from((await reader?.read())?.value ?? []).toString();
      expect(first).toContain('hi');
      expect(first).not.toContain('DONE');
      release();
      let rest = '';
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
        rest += Buffer.from(part.value).toString();
      expect(rest.endsWith('data: [DONE]\n\n')).toBe(true);
      expect(await recorded('streamed')).toMatchObject({
        outcome: 'ok',
        usage_source: 'reported',
        input_uncached_tokens: 3,
        output_text_tokens: 1,
        finish_reason: 'stop',
      });
    });

    it('passes a reset in mid-answer on as a cut answer', async () => {
      open.answer((_request, response) => {
        response.writeHead(200, EVENT_STREAM);
        response.write('data: {"id":"c","choices":[{"index":0,"delta":{"content":"hi"}}]}\n\n', () =>
          response.stream.close(2),
        );
      });
      const answer = await post('two', 'reset');
      await expect(answer.text()).rejects.toThrow();
      expect(await recorded('reset')).toMatchObject({
        outcome: 'upstream_error',
        error_type: 'connection_lost',
      });
    });

    it('tells upstream at once when the client leaves, and keeps the connection for others', async () => {
      let closed: () => void = () => undefined;
      const upstreamClosed = new Promise<void>((resolve) => {
        closed = resolve;
      });
      open.answer((_request, response) => {
        response.writeHead(200, EVENT_STREAM);
        response.write('data: {}\n\n');
        response.stream.once('close', closed);
      });
      const before = open.connections();
      const leaving = new AbortController();
      const answer = await post('two', 'leaver', { signal: leaving.signal });
      await answer.body?.getReader().read();
      leaving.abort();
      await upstreamClosed;
      open.answer((_request, response) => response.end('{}'));
      expect((await post('two', 'stayer')).status).toBe(200);
      expect(open.connections()).toBe(before);
      expect(await recorded('leaver')).toMatchObject({ outcome: 'client_aborted' });
    });

    it.each([
      ['headers', 'headers_timeout', false],
      ['the next chunk', 'idle_timeout', true],
    ])('has a limit for %s', async (_what, reason, begins) => {
      open.answer((_request, response) => {
        if (!begins) return;
        response.writeHead(200, EVENT_STREAM);
        response.write('data: {}\n\n');
      });
      const answer = await post('two-patient', reason);
      await answer.text().catch(() => undefined);
      expect(await recorded(reason)).toMatchObject({ outcome: 'timeout', error_type: reason });
    });
  });
});
