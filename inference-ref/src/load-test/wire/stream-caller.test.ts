// The client's side of HTTP against a server that says exactly what the test wants it to say.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createRunClock, monotonicNs } from '../measure/run-clock.ts';
import type { FinishedCall } from './call-on-wire.ts';
import { createOpenaiDialect } from './openai-dialect.ts';
import { createRequestHead } from './request-head.ts';
import { createStreamCaller, type StreamCaller, type StreamCallerOptions } from './stream-caller.ts';
import { createStreamReader } from './stream-reader.ts';

const dialect = createOpenaiDialect({ style: 'chat', maxTokensField: 'max_tokens' });
const EVENT = 'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n';
const WHOLE = `HTTP/1.1 200 OK\r\ncontent-length: ${EVENT.length}\r\n\r\n${EVENT}`;

const open: { server?: Server; caller?: StreamCaller; sockets: Socket[] } = { sockets: [] };
afterEach(async () => {
  open.caller?.close();
  for (const socket of open.sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => open.server?.close(resolve));
});

/** `answer` is called for each request with its connection and that connection's number. */
async function callerFor(
  answer: (socket: Socket, connection: number, request: string) => void,
  options: Partial<StreamCallerOptions> = {},
): Promise<() => Promise<FinishedCall>> {
  const server = createServer((socket) => {
    const connection = open.sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => answer(socket, connection, bytes.toString()));
  });
  open.server = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const caller = createStreamCaller({
    endpoint: { origin, connectTimeoutMs: 5000, rejectUnauthorized: true, ca: undefined },
    reuse: true,
    totalTimeoutMs: 10_000,
    stallTimeoutMs: 10_000,
    ...options,
  });
  open.caller = caller;
  const reader = createStreamReader({ dialect, keepText: true, countTokens: undefined, nsToRunMs: Number });
  const clock = createRunClock(monotonicNs());
  const target = {
    baseUrl: `${origin}/v1?api-version=2`,
    model: 'm',
    apiKey: 'k',
    headers: {},
    reuseConnections: true,
  };
  return () => caller.call({ clock, reader, head: createRequestHead(target, dialect) }, '{"ü":1}');
}

describe('a call', () => {
  it('is sent as one request with its length in bytes', async () => {
    let seen = '';
    const call = await callerFor((socket, _connection, request) => {
      seen = request;
      socket.write(WHOLE);
    });
    const { error, answer, call: wire } = await call();
    expect(error).toBeNull();
    expect(answer.text).toBe('hi');
    expect(wire.receivedBytes).toBe(EVENT.length);
    expect(seen).toMatch(
      /^POST \/v1\/chat\/completions\?api-version=2 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/,
    );
    expect(seen).toMatch(/authorization: Bearer k\r\n[\s\S]*content-length: 8\r\n\r\n\{"ü":1\}$/);
  });

  const checkConnections = (name: string, answer: string, expected: readonly number[]): void => {
    it(name, async () => {
      const used: number[] = [];
      const call = await callerFor((socket, connection) => {
        used.push(connection);
        socket.write(answer);
        if (answer.includes('connection: close')) socket.end();
      });
      for (let index = 0; index < 3; index += 1) expect((await call()).error).toBeNull();
      expect(used).toEqual(expected);
    });
  };
  checkConnections('uses its connection again', WHOLE, [1, 1, 1]);
  checkConnections(
    'takes a new connection when the server closes the old one',
    WHOLE.replace('OK\r\n', 'OK\r\nconnection: close\r\n'),
    [1, 2, 3],
  );
  checkConnections(
    'takes a new connection when the old one is about to be closed',
    WHOLE.replace('OK\r\n', 'OK\r\nkeep-alive: timeout=1\r\n'),
    [1, 2, 3],
  );

  const checkError = (
    name: string,
    kind: string,
    answer: (socket: Socket) => void,
    options: Partial<StreamCallerOptions> = {},
  ): void => {
    it(`${name} is ${kind}`, async () => {
      const call = await callerFor(answer, options);
      expect((await call()).error?.kind).toBe(kind);
    });
  };
  const HEAD = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  checkError('closed before it is answered', 'connection_reset', (socket) => socket.end());
  checkError('cut short inside the stream', 'connection_reset', (socket) => socket.end(`${HEAD}5\r\nda`));
  checkError('reset by the server', 'connection_reset', (socket) => socket.resetAndDestroy());
  checkError('whose stream stands still', 'stall_timeout', (socket) => socket.write(HEAD), {
    stallTimeoutMs: 20,
  });
  checkError('that is never answered', 'total_timeout', () => {}, { totalTimeoutMs: 20 });
  checkError('answered with a status', 'http_rate_limited', (socket) =>
    socket.write('HTTP/1.1 429 Too Many Requests\r\ncontent-length: 2\r\n\r\nno'),
  );
  checkError('answered by something else than HTTP', 'other', (socket) => socket.write('+PONG\r\n\r\n'));
  checkError('greeted by something else than HTTP', 'other', (socket) => socket.write('SSH-2.0-x\r\n'));

  const checkWords = (name: string, answer: string, expected: object): void => {
    it(`${name} says so`, async () => {
      const call = await callerFor((socket) => socket.write(answer));
      expect((await call()).error).toMatchObject(expected);
    });
  };
  const answerOf = (type: string, body: string): string =>
    `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  checkWords('answered with a page', answerOf('text/html; charset=utf-8', '<html>\n  garden</html>'), {
    kind: 'stream_malformed',
    status: 200,
    message: 'answered text/html, not an event stream: <html> garden</html>',
  });
  checkWords(
    'answered whole where a stream was asked for',
    answerOf('application/json', `{"id":"1","object":"chat.completion","choices":[${'x'.repeat(100)}]}`),
    {
      kind: 'stream_malformed',
      message:
        'answered application/json, not an event stream: {"id":"1","object":"chat.completion","choices":[xxxxxxxxxxxx…',
    },
  );
  checkWords(
    'sent elsewhere',
    'HTTP/1.1 302 Found\r\nlocation: https://b.example/v1?key=s\r\ncontent-length: 0\r\n\r\n',
    { kind: 'http_client_error', status: 302, message: 'redirects to https://b.example/v1' },
  );
  checkWords('cut short as an event stream', answerOf('text/event-stream', ': nothing\n\n'), {
    kind: 'stream_truncated',
  });

  it('takes a stream that goes by another name', async () => {
    const call = await callerFor((socket) => socket.write(answerOf('text/plain', EVENT)));
    expect((await call()).error).toBeNull();
  });
});
