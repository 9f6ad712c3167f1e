import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { openRaw } from '../../../test/fakes/raw-http.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

let server: Server;
let collector: FakeCollector;
let sidecar: TestSidecar;
const sockets = new Set<Duplex>();
const seen: Record<string, string | string[] | undefined>[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.end(`plain ${request.method} ${request.headers.upgrade ?? 'no upgrade'}`));
  });
  server.on('upgrade', (request, socket) => {
    sockets.add(socket);
    seen.push(request.headers);
    if (request.url === '/v1/refused') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
      return;
    }
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write('welcome ');
    socket.on('data', (data: Buffer) => {
      socket.write(`echo:${data.toString()}`);
      if (data.toString().includes('bye')) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  collector = await createFakeCollector();
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    upstreamUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
});
afterAll(async () => {
  await sidecar.stop();
  for (const socket of sockets) socket.destroy();
  server.close();
  await collector.close();
});

const handshake = (path: string, app: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nx-tollgate-app: ${app}\r\n\r\n`;

describe('a WebSocket', () => {
  it('passes its handshake and its bytes, and is recorded with sizes and duration when it closes', async () => {
    const raw = await openRaw(sidecar.port);
    raw.send(handshake('/v1/realtime?model=r', 'talker'));
    const head = await raw.until('welcome ');
    expect(head).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\nx-tollgate-call-id: /,
    );
    expect(seen.at(-1)).toMatchObject({ upgrade: 'websocket', 'sec-websocket-version': '13' });
    expect(seen.at(-1)).not.toHaveProperty('x-tollgate-app');
    raw.send('hello');
    await raw.until('echo:hello');
    raw.send('bye');
    await raw.closed();
    await collector.until(() => collector.calls().some(({ app }) => app === 'talker'));
    expect(collector.calls().find(({ app }) => app === 'talker')).toMatchObject({
      api: 'openai.realtime',
      requested_model: 'r',
      status: 101,
      outcome: 'ok',
      request_bytes: 8,
      response_bytes: 'welcome echo:helloecho:bye'.length,
    });
  });

  it('that upstream refuses is an ordinary answer', async () => {
    const raw = await openRaw(sidecar.port);
    raw.send(handshake('/v1/refused', 'refused'));
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\n\r\n\{\}$/);
    await collector.until(() => collector.calls().some(({ app }) => app === 'refused'));
    expect(collector.calls().find(({ app }) => app === 'refused')).toMatchObject({
      status: 403,
      outcome: 'upstream_error',
    });
  });

  it('closes upstream when the client goes', async () => {
    const raw = await openRaw(sidecar.port);
    raw.send(handshake('/v1/realtime', 'goer'));
    await raw.until('welcome ');
    raw.close();
    await collector.until(() => collector.calls().some(({ app }) => app === 'goer'));
  });
});

describe('any other upgrade', () => {
  it('is an offer not taken: the request is served with its body', async () => {
    const raw = await openRaw(sidecar.port);
    raw.send(
      'POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(await raw.until('plain')).toContain('HTTP/1.1 200 OK');
    expect(await raw.until('no upgrade')).toContain('plain POST no upgrade');
    raw.close();
  });
});
