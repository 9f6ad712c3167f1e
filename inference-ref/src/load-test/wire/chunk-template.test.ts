// A stream read by templates must give exactly what the same stream gives when each chunk is parsed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchTemplate } from './chunk-template.ts';
import { createOpenaiDialect } from './openai-dialect.ts';
import { createStreamReader } from './stream-reader.ts';

const dialect = createOpenaiDialect({ style: 'chat', maxTokensField: 'max_tokens' });

/** Reads chunks one by one; in pieces of a byte no chunk is whole, so none can be taken by a template. */
function read(chunks: readonly string[], inPieces: boolean) {
  let parsed = 0;
  const counting = {
    ...dialect,
    read: (...args: Parameters<typeof dialect.read>) => {
      parsed += 1;
      dialect.read(...args);
    },
  };
  const reader = createStreamReader({
    dialect: counting,
    keepText: true,
    countTokens: undefined,
    nsToRunMs: Number,
  });
  const reading = reader.begin();
  for (const [index, chunk] of chunks.entries()) {
    const bytes = Buffer.from(chunk);
    const step = inPieces ? 1 : bytes.length;
    for (let from = 0; from < bytes.length; from += step)
      reader.take(reading, bytes, from, from + step, index);
  }
  return { summary: reader.finish(reading, chunks.length), parsed };
}

const chunk = (delta: object, eol = '\n', rest: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c1', choices: [{ index: 0, delta, finish_reason: null }], ...rest })}${eol}${eol}`;

describe('chunks that differ in their text alone', () => {
  it('are parsed twice in a stream, the once to learn and the once to try what was learned', () => {
    const words = ['one', ' two', ' three', ' four', ' fünf', ' 😀'];
    const { summary, parsed } = read(
      words.map((content) => chunk({ content })),
      false,
    );
    expect(parsed).toBe(2);
    expect(summary.text).toBe(words.join(''));
    expect([...summary.eventMs]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('may come several in one read', () => {
    const { summary, parsed } = read(
      [chunk({ content: 'a' }), chunk({ content: 'b' }) + chunk({ content: 'c' })],
      false,
    );
    expect(parsed).toBe(2);
    expect([...summary.eventMs]).toEqual([0, 1, 1]);
  });

  const checkParsed = (name: string, chunks: readonly string[]): void => {
    it(`are parsed each when ${name}`, () => {
      expect(read(chunks, false).parsed).toBeGreaterThanOrEqual(chunks.length);
      expect(read(chunks, false).summary).toEqual(read(chunks, true).summary);
    });
  };
  checkParsed('the text stands twice in the chunk', [chunk({ content: 'c1' }), chunk({ content: 'c1' })]);
  checkParsed('the text holds escapes', [
    chunk({ content: 'a' }),
    chunk({ content: 'say "b"\n' }),
    chunk({ content: '\\' }),
  ]);
  checkParsed('the tokens are told', [
    chunk({ content: 'a' }, '\n', { usage: { completion_tokens: 1 } }),
    chunk({ content: 'b' }, '\n', { usage: { completion_tokens: 3 } }),
  ]);
  checkParsed('a tool is named beside its arguments', [
    chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: 'x' } }] }),
    chunk({ tool_calls: [{ index: 0, function: { name: 'f', arguments: 'y' } }] }),
  ]);

  it('read the same as parsed ones, whatever comes between', () => {
    const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('wörd ', '😀', '"', '\\n', 'c1', ''));
    const eol = fc.constantFrom('\n', '\r\n');
    const any = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(text, eol).map(([content, end]) => chunk({ content }, end)) },
      fc.tuple(text, eol).map(([reasoning, end]) => chunk({ reasoning_content: reasoning }, end)),
      fc.nat(50).map((tokens) => chunk({}, '\n', { usage: { completion_tokens: tokens } })),
      fc.constantFrom(
        ': ping\n\n',
        'data: {"choices":\n\n',
        'data: [DONE]\n\n',
        'event: error\ndata: {"message":"m"}\n\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(any, { maxLength: 20 }), (chunks) => {
        expect(read(chunks, false).summary).toEqual(read(chunks, true).summary);
      }),
      { numRuns: 500 },
    );
  });
});

describe('matching', () => {
  it('does not take bytes beyond the end that it is given', () => {
    const template = { before: Buffer.from('a"'), after: Buffer.from('"b'), kind: 'answer' } as const;
    const bytes = Buffer.from('a"text"b');
    expect(matchTemplate(template, bytes, 0, bytes.length)).toBe(6);
    expect(matchTemplate(template, bytes, 0, bytes.length - 1)).toBe(-1);
  });
});
