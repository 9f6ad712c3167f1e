import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStream, endEventStream, readEventStream } from './event-stream-parser.ts';

function parse(chunks: readonly Buffer[]): string[] {
  const events: string[] = [];
  const stream = createEventStream();
  const listener = {
    onEvent: (data: string, event: string) => events.push(event === '' ? data : `${event}=${data}`),
    onOddField: (field: string, value: string) => events.push(`!${field}=${value}`),
  };
  for (const chunk of chunks) readEventStream(stream, chunk, listener);
  endEventStream(stream, listener);
  return events;
}

const check = (name: string, text: string, expected: string[]): void => {
  it(name, () => {
    expect(parse([Buffer.from(text)])).toEqual(expected);
  });
};

describe('event stream parser', () => {
  check('reads an event', 'data: {"a":1}\n\n', ['{"a":1}']);
  check('reads data without a space after the colon', 'data:x\n\n', ['x']);
  check('ends lines with CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']);
  check('ends lines with CR alone', 'data: a\r\rdata: b\r\r', ['a', 'b']);
  check('joins data lines', 'data: a\ndata: b\n\n', ['a\nb']);
  check('passes over comments, ids and retries', ': hi\nid: 1\nretry: 5\ndata: a\n\n', ['a']);
  check('names events', 'event: message_start\ndata: {}\n\n', ['message_start={}']);
  check('hands on fields that the standard does not know', 'error: {"m":1}\n\n', ['!error={"m":1}']);
  check('gives out an event that the end of the stream cut from its blank line', 'data: a\n\ndata: b', [
    'a',
    'b',
  ]);
  check('gives out nothing for blank lines', '\n\n\n', []);

  it('reads the same events however the bytes are cut, inside UTF-8 and between CR and LF too', () => {
    const line = fc.constantFrom('data: wörld €😀', ': comment', 'event: x', 'data:', 'data: {"k":"v"}', '');
    const eol = fc.constantFrom('\n', '\r\n');
    const text = fc.array(fc.tuple(line, eol), { maxLength: 12 }).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
        expect(parse(chunks)).toEqual(parse([bytes]));
      }),
      { numRuns: 500 },
    );
  });
});
