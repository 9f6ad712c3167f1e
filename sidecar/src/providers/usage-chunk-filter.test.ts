import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadProviderFixtures } from '../../../test/fixtures/providers/load-provider-fixtures.ts';
import { createUsageChunkFilter } from './usage-chunk-filter.ts';

const delta =
  'data: {"id":"c","choices":[{"index":0,"delta":{"content":"a \\"choices\\":[] b"}}],"usage":null}\n\n';
const finish = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}\n\n';
const usage = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\n';
const done = 'data: [DONE]\n\n';

function filtered(chunks: readonly (string | Buffer)[]): string {
  const filter = createUsageChunkFilter();
  const passed = chunks.map((chunk) => filter.push(Buffer.from(chunk)));
  return Buffer.concat([...passed, filter.end()].filter((bytes) => bytes !== null)).toString('latin1');
}

/** What has come out after each chunk. */
function timeline(chunks: readonly string[]): string[] {
  const filter = createUsageChunkFilter();
  return chunks.map((chunk) => filter.push(Buffer.from(chunk))?.toString() ?? '');
}

function everyCut(stream: string, wanted: string): void {
  const bytes = Buffer.from(stream);
  for (let at = 0; at <= bytes.length; at += 1) {
    expect(filtered([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toBe(wanted);
  }
  expect(filtered([...bytes].map((byte) => Buffer.from([byte])))).toBe(wanted);
}

describe('what is removed', () => {
  it.each([
    ['the usage chunk', usage],
    ['one with spaces', 'data: {"id": "c", "choices": [], "usage": {"prompt_tokens": 1}}\n\n'],
    ['one with other members first', 'data: {"usage":{"prompt_tokens":1},"model":"m","choices":[]}\n\n'],
    ['one with CRLF', 'data: {"choices":[],"usage":{}}\r\n\r\n'],
    ['one with an id line', 'id: 7\ndata: {"choices":[],"usage":{}}\n\n'],
  ])('%s, however the stream is cut', (_title, extra) => {
    everyCut(delta + finish + extra + done, Buffer.from(delta + finish + done).toString('latin1'));
  });

  it('is a usage chunk in one piece where no finish reason was sent', () => {
    expect(timeline([delta, usage, done])).toEqual([delta, '', done]);
    expect(timeline([delta + usage + done])).toEqual([delta + done]);
  });

  it('is removed at the end of a stream without a last blank line too', () => {
    everyCut(delta + finish + usage.trimEnd(), delta + finish);
  });
});

describe('what passes', () => {
  it.each([
    [
      'a chunk with both choices and usage',
      'data: {"choices":[{"delta":{}}],"usage":{"prompt_tokens":1}}\n\n',
    ],
    ["Azure's filter results", 'data: {"choices":[],"prompt_filter_results":[],"usage":null}\n\n'],
    ['a comment before the usage chunk', ': ping\n\n'],
    ['an event of another kind', 'event: error\ndata: {"error":{"choices":[],"usage":{}}}\n\n'],
    ['something that is no JSON', 'data: {"choices":[],"usage"\n\n'],
    ['blank lines', '\n\n\n'],
  ])('%s', (_title, event) => {
    everyCut(
      delta + finish + event + usage + done,
      Buffer.from(delta + finish + event + done).toString('latin1'),
    );
  });

  it('is the same buffer where nothing was removed', () => {
    const chunk = Buffer.from(delta + delta);
    expect(createUsageChunkFilter().push(chunk)).toBe(chunk);
  });

  it('is every stream of the fixtures but for its usage chunk', () => {
    const streams = loadProviderFixtures().filter((fixture) => fixture.answer.includes('"choices"'));
    expect(streams.length).toBeGreaterThan(30);
    for (const { answer } of streams) {
      const whole = filtered([answer]);
      fc.assert(
        fc.property(fc.array(fc.nat({ max: answer.length }), { maxLength: 20 }), (cuts) => {
          const sorted = [0, ...cuts.toSorted((a, b) => a - b), answer.length];
          const chunks = sorted.slice(1).map((end, index) => answer.subarray(sorted[index], end));
          expect(filtered(chunks)).toBe(whole);
        }),
        { numRuns: 5 },
      );
    }
  });
});

describe('what is not delayed', () => {
  it('is any byte before a finish reason', () => {
    const bytes = [...`${delta}: ping\n\ndata: {"choices":[],"prompt_filter_results":[]}\n\n`];
    expect(timeline(bytes)).toEqual(bytes);
    const unfinished = [...delta.replace('}}]', '},"finish_reason": null}]')];
    expect(timeline(unfinished)).toEqual(unfinished);
  });

  it('is the beginning of an event as soon as it cannot be the usage chunk', () => {
    const head = 'data: {"id":"c","choices":[{"index"';
    const rest = ':0,"delta":{"content":"x"}}]}\n\n';
    expect(timeline([finish, head, rest])).toEqual([finish, head, rest]);
    expect(timeline([finish, 'data: [DO', 'NE]\n\n'])).toEqual([finish, 'data: [DO', 'NE]\n\n']);
    expect(timeline([finish, ': comm', 'ent\n'])).toEqual([finish, '', ': comment\n']);
  });

  it('is the rest of the stream after an event that was cut in its blank line', () => {
    expect(timeline([delta.slice(0, -1), `\n${usage}`, done])).toEqual([delta.slice(0, -1), '\n', done]);
  });

  it('is an event that grows beyond what a usage chunk can be', () => {
    const large = `data: {"id":"${'x'.repeat(20_000)}`;
    expect(timeline([finish, large])).toEqual([finish, large]);
  });
});
