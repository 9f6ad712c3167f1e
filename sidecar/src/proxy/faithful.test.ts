// What goes through the sidecar comes out as it went in, both ways.
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    config: {
      upstreams: [
        { name: 'main', provider: 'openai', baseUrl: upstream.url, default: true },
        { name: 'nested', provider: 'openai', baseUrl: `${upstream.url}/deep/v1/` },
      ],
    },
  });
});
afterAll(async () => {
  await sidecar.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

const lastRequest = () => upstream.requests.at(-1);

describe('bytes', () => {
  it('pass unchanged in both directions, however they are cut into chunks', async () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 5_000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { maxLength: 12 }),
        fc.uint8Array({ maxLength: 40_000 }),
        async (chunks, sent) => {
          upstream.on('/v1/chat/completions', {
            steps: chunks.map((bytes) => ({ chunk: Buffer.from(bytes) })),
          });
          const answer = await fetch(`${sidecar.url}/v1/chat/completions`, {
            method: 'POST',
            body: Buffer.from(sent),
          });
          expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.concat(chunks))).toBe(true);
          expect(lastRequest()?.body.equals(Buffer.from(sent))).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('stay compressed as they were', async () => {
    const body = gzipSync('{"model":"m"}');
    upstream.on('/v1/embeddings', {
      headers: ['Content-Encoding', 'gzip', 'Content-Length', String(body.length)],
      steps: [{ chunk: body }],
    });
    const raw = await openRaw(sidecar.port);
    raw.send(
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    );
    const text = await raw.closed();
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(body.toString('latin1'));
  });

  it('of a 64 MB upload stream through without being collected', async () => {
    upstream.on('/v1/files', { steps: [{ chunk: '{}' }] });
    const piece = randomBytes(1024 * 1024);
    const hash = createHash('sha256');
    const answered = new Promise<number>((resolve, reject) => {
      const sending = httpRequest(
        `${sidecar.url}/v1/files`,
        { method: 'POST', headers: { 'content-length': 64 * piece.length } },
        (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sending.on('error', reject);
      let left = 64;
      const more = (): void => {
        while (left > 0) {
          left -= 1;
          hash.update(piece);
          if (!sending.write(piece)) {
            sending.once('drain', more);
            return;
          }
        }
        sending.end();
      };
      more();
    });
    expect(await answered).toBe(200);
    const received = lastRequest()?.body ?? Buffer.alloc(0);
    expect(createHash('sha256').update(received).digest('hex')).toBe(hash.digest('hex'));
  });

  it('of a JSON body beyond the inspected size pass as well', async () => {
    const small = await startTestSidecar({
      collectorUrl: collector.url,
      upstreamUrl: upstream.url,
      config: { sidecar: { gpu: { enabled: false }, inspectMaxBytes: 1_000 } },
    });
    upstream.on('/v1/chat/completions', { steps: [{ chunk: '{}' }] });
    const body = JSON.stringify({ model: 'big', messages: [{ content: 'x'.repeat(300_000) }] });
    await (await fetch(`${small.url}/v1/chat/completions`, { method: 'POST', body })).text();
    expect(lastRequest()?.body.toString()).toBe(body);
    await small.stop();
    const call = collector.calls().find(({ request_bytes }) => request_bytes === body.length);
    expect(call?.requested_model).toBe('big');
  });
});

describe('heads', () => {
  it('of requests keep method, path, query, case, order and repetition; hop-by-hop and our own go', async () => {
    upstream.on('/v1/x%2Fy', { steps: [{ chunk: '{}' }] });
    const raw = await openRaw(sidecar.port);
    raw.send(
      [
        'PUT /v1/x%2Fy?a=%20b&a=2&=;c#x HTTP/1.1',
        'Host: example',
        'X-Odd-CASE: one',
        'Accept: */*',
        'x-odd-case: two',
        'X-Tollgate-Team: red',
        'Connection: close, X-Hop',
        'X-Hop: gone',
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'Proxy-Authorization: Basic x',
        'Content-Length: 0',
        '\r\n',
      ].join('\r\n'),
    );
    await raw.closed();
    const seen = lastRequest();
    expect(seen?.method).toBe('PUT');
    expect(seen?.url).toBe('/v1/x%2Fy?a=%20b&a=2&=;c#x');
    const pairs = pairsOf(seen?.rawHeaders ?? []).filter(([name]) => !['host', 'connection'].includes(name));
    expect(pairs).toEqual([
      ['X-Odd-CASE', 'one'],
      ['Accept', '*/*'],
      ['x-odd-case', 'two'],
      ['te', 'trailers'],
      ['content-length', '0'],
    ]);
    expect(seen?.headers.host).toBe(`127.0.0.1:${upstream.port}`);
  });

  it('of answers keep status text, case, order and repetition, and gain the call id', async () => {
    upstream.on('/v1/odd', {
      status: 418,
      statusMessage: 'Short And Stout',
      headers: ['X-B', '1', 'Set-Cookie', 'a=1', 'x-b', '2', 'Set-Cookie', 'b=2', 'Content-Length', '2'],
      steps: [{ chunk: 'ok' }],
    });
    const raw = await openRaw(sidecar.port);
    raw.send('GET /v1/odd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const text = await raw.closed();
    expect(text).toMatch(
      /^HTTP\/1\.1 418 Short And Stout\r\nX-B: 1\r\nSet-Cookie: a=1\r\nx-b: 2\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\nx-tollgate-call-id: [0-9a-f-]{36}\r\nConnection: close\r\n\r\nok$/,
    );
  });

  it('of HEAD and OPTIONS pass, a HEAD answer with its length and no body', async () => {
    upstream.on('/v1/models', { headers: ['Content-Length', '1234', 'Allow', 'GET'] });
    const raw = await openRaw(sidecar.port);
    raw.send('HEAD /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await raw.closed()).toMatch(/Content-Length: 1234\r\n[\s\S]*\r\n\r\n$/);
    upstream.on('/v1/models', { status: 204, headers: ['Allow', 'GET, HEAD'] });
    const answer = await fetch(`${sidecar.url}/v1/models`, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('allow'), lastRequest()?.method]).toEqual([
      204,
      'GET, HEAD',
      'OPTIONS',
    ]);
  });

  it('go to a named upstream below its base path', async () => {
    upstream.on('/deep/v1/chat/completions', { steps: [{ chunk: '{}' }] });
    await (await fetch(`${sidecar.url}/nested/chat/completions?x=1`, { method: 'POST', body: '{}' })).text();
    expect(lastRequest()?.url).toBe('/deep/v1/chat/completions?x=1');
  });
});

function pairsOf(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as [string, string]] : [],
  );
}
