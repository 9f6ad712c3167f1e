import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHttpReader, endHttp, type HttpReader, headerValue, readHttp } from './http-reader.ts';

interface Message {
  readonly startLine: string;
  readonly lines: readonly string[];
  body: string;
  trailers: readonly string[] | null;
}

function read(of: HttpReader['of'], chunks: readonly Buffer[]) {
  const messages: Message[] = [];
  const problems: string[] = [];
  const reader = createHttpReader(of, {
    onHead: ({ startLine, lines }) => messages.push({ startLine, lines, body: '', trailers: null }),
    onBody(bytes, start, end) {
      const message = messages.at(-1);
      if (message !== undefined) message.body += bytes.toString('latin1', start, end);
    },
    onEnd(trailers) {
      const message = messages.at(-1);
      if (message !== undefined) message.trailers = trailers;
    },
    onBroken: (problem) => problems.push(problem),
  });
  for (const chunk of chunks) {
    readHttp(reader, chunk, 0, chunk.length);
    // The socket's buffer is written again: what the reader needs later it must have copied.
    chunk.fill(0x21);
  }
  return { messages, problems, whole: endHttp(reader) };
}

const one = (of: HttpReader['of'], text: string) => read(of, [Buffer.from(text, 'latin1')]);
const OK = 'HTTP/1.1 200 OK\r\n';

describe('reading answers', () => {
  const check = (name: string, text: string, bodies: readonly string[], whole = true): void => {
    it(name, () => {
      const result = one('answers', text);
      expect(result.messages.map(({ body }) => body)).toEqual(bodies);
      expect(result.problems).toEqual([]);
      expect(result.whole).toBe(whole);
    });
  };
  check('takes a body by its length', `${OK}Content-Length: 5\r\n\r\nhello`, ['hello']);
  check(
    'takes a body in chunks',
    `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`,
    ['abc0123456789'],
  );
  check('passes over chunk extensions', `${OK}transfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n`, [
    'abc',
  ]);
  check('takes a body that the close ends', `${OK}\r\nall of it`, ['all of it']);
  check('knows that 204 has no body', 'HTTP/1.1 204 No Content\r\n\r\n', ['']);
  check(
    'passes over interim answers',
    `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}content-length: 1\r\n\r\na`,
    ['a'],
  );
  check('takes two answers in a row', `${OK}content-length: 1\r\n\r\na${OK}content-length: 1\r\n\r\nb`, [
    'a',
    'b',
  ]);
  check('takes lines that end with LF alone', 'HTTP/1.1 200 OK\ncontent-length: 2\n\nhi', ['hi']);
  check('tells a body that was cut short', `${OK}content-length: 5\r\n\r\nhel`, ['hel'], false);
  check('tells a head that was cut short', `${OK}content-le`, [], false);

  it('gives trailers with the end, and header values whatever their case', () => {
    const { messages } = one(
      'answers',
      `${OK}Server-Timing: a;dur=1\r\nserver-timing: b;dur=2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nServer-Timing: c;dur=3\r\n\r\n`,
    );
    expect(headerValue(messages[0]?.lines ?? [], 'server-timing')).toBe('a;dur=1, b;dur=2');
    expect(headerValue(messages[0]?.trailers ?? [], 'server-timing')).toBe('c;dur=3');
    expect(headerValue(messages[0]?.lines ?? [], 'server')).toBeUndefined();
  });

  const checkBroken = (name: string, text: string, words: RegExp): void => {
    it(`refuses ${name}`, () => {
      expect(one('answers', text).problems.join()).toMatch(words);
    });
  };
  checkBroken('what is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', /no HTTP: "SSH/);
  checkBroken('a greeting without a blank line', 'SSH-2.0-OpenSSH_9.6\r\n', /no HTTP: "SSH-2.0-OpenSSH_9.6"/);
  checkBroken('a greeting without an end', '220 mail', /no HTTP: "220 mail"/);
  checkBroken('bytes that are no text', '\x15\x03\x03\x00\x02\x02\x46', /no HTTP: "\.{6}F"/);

  it('waits for the rest of a status line', () => {
    const text = `${OK}content-length: 1\r\n\r\na`;
    const bytes = Array.from(text, (letter) => Buffer.from(letter));
    expect(read('answers', bytes)).toMatchObject({ messages: [{ body: 'a' }], problems: [] });
  });
  checkBroken('a chunk without a size', `${OK}transfer-encoding: chunked\r\n\r\nxyz\r\n`, /size/);
  checkBroken(
    'a chunk longer than its size',
    `${OK}transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n`,
    /longer/,
  );
  checkBroken('a length that is no number', `${OK}content-length: many\r\n\r\n`, /no number/);
  checkBroken('a head without an end', `${OK}${'x: y\r\n'.repeat(20_000)}`, /more than 65536/);
});

describe('reading requests', () => {
  it('takes requests with and without a body from one connection', () => {
    const { messages } = one(
      'requests',
      'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\nPOST /v1 HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}',
    );
    expect(messages.map(({ startLine, body }) => [startLine, body])).toEqual([
      ['GET /metrics HTTP/1.1', ''],
      ['POST /v1 HTTP/1.1', '{}'],
    ]);
  });
});

describe('however the bytes are cut', () => {
  it('reads the same', () => {
    const body = fc.string({ minLength: 1, maxLength: 30 });
    const chunked = fc.array(body, { maxLength: 4 }).map((parts) => {
      const chunks = parts.map((part) => `${Buffer.byteLength(part, 'latin1').toString(16)}\r\n${part}\r\n`);
      return `${OK}transfer-encoding: chunked\r\nx: y\r\n\r\n${chunks.join('')}0\r\nt: 1\r\n\r\n`;
    });
    const sized = body.map(
      (text) => `${OK}content-length: ${Buffer.byteLength(text, 'latin1')}\r\n\r\n${text}`,
    );
    const stream = fc
      .array(fc.oneof(chunked, sized), { minLength: 1, maxLength: 4 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 400 }), { maxLength: 20 }), (text, cuts) => {
        const bytes = Buffer.from(text, 'latin1');
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = edges.slice(1).map((edge, index) => Buffer.from(bytes.subarray(edges[index], edge)));
        expect(read('answers', chunks)).toEqual(one('answers', text));
      }),
      { numRuns: 500 },
    );
  });
});
