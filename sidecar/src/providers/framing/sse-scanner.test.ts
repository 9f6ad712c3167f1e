import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseScanner } from './sse-scanner.ts';

type Event = readonly [name: string, data: string];

function scan(chunks: readonly Buffer[]): Event[] {
  const events: Event[] = [];
  const scanner = createSseScanner(({ name, data }) => events.push([name, data.toString()]));
  for (const chunk of chunks) scanner.push(chunk);
  scanner.end();
  return events;
}

function check(stream: string, wanted: readonly Event[]): void {
  const bytes = Buffer.from(stream);
  for (let at = 0; at <= bytes.length; at += 1) {
    expect(scan([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(wanted);
  }
  expect(scan([...bytes].map((byte) => Buffer.from([byte])))).toEqual(wanted);
}

describe('events, however they are cut', () => {
  it.each<[string, string, Event[]]>([
    ['several data lines', 'data: a\ndata: b\n\n', [['', 'a\nb']]],
    ['several data lines with CRLF', 'data: a\r\ndata: b\r\n\r\n', [['', 'a\nb']]],
    ['several data lines with CR', 'data: a\rdata: b\r\r', [['', 'a\nb']]],
    [
      'all line ends in one stream',
      'data: a\r\n\rdata: b\n\r\ndata: c\r\r\n',
      [
        ['', 'a'],
        ['', 'b'],
        ['', 'c'],
      ],
    ],
    [
      'a name that lasts for one event',
      'event: x\ndata: a\n\ndata: b\n\n',
      [
        ['x', 'a'],
        ['', 'b'],
      ],
    ],
    [
      'no space, two spaces, no value',
      'data:a\n\ndata:  b\n\ndata\n\n',
      [
        ['', 'a'],
        ['', ' b'],
        ['', ''],
      ],
    ],
    [
      'comments, ids and unknown fields',
      ': c\nid: 1\nretry: 5\ndatum: x\nevents: y\ndata: a\n: d\n\n',
      [['', 'a']],
    ],
    ['a name without data', 'event: x\n\ndata: a\n\n', [['', 'a']]],
    ['a byte order mark', '\ufeffdata: Grüße 👋\n\n', [['', 'Grüße 👋']]],
    [
      'no last blank line',
      'data: a\n\ndata: b',
      [
        ['', 'a'],
        ['', 'b'],
      ],
    ],
    ['an error line', 'error: {"code":500}\n\n', [['error', '{"code":500}']]],
    ['nothing', '\n\r\n\r', []],
  ])('%s', (_title, stream, wanted) => check(stream, wanted));
});

it('reads the same events whatever the line ends', () => {
  const value = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ''));
  const events = fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(
      events,
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat({ max: 200 })),
      (lists, end, cuts) => {
        const stream = lists.map((list) => list.map((text) => `data: ${text}${end}`).join('') + end).join('');
        const bytes = Buffer.from(stream);
        const sorted = [
          0,
          ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ];
        const chunks = sorted.slice(1).map((to, index) => bytes.subarray(sorted[index], to));
        expect(scan(chunks)).toEqual(lists.map((list) => ['', list.join('\n')]));
      },
    ),
  );
});

it('gives an event as soon as its blank line has begun', () => {
  const events: string[] = [];
  const scanner = createSseScanner(({ data }) => events.push(data.toString()));
  scanner.push(Buffer.from('data: a\r\n\r'));
  expect(events).toEqual(['a']);
  scanner.push(Buffer.from('\ndata: b\r\n'));
  expect(events).toEqual(['a']);
});
