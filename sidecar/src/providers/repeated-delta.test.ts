import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAnswerObserver } from './create-answer-observer.ts';
import { readRequestFacts } from './request-facts.ts';

function read(api: 'openai.chat_completions' | 'anthropic.messages', chunks: readonly Buffer[]) {
  const request = readRequestFacts({
    api,
    provider: 'openai',
    path: '/',
    headers: {},
    body: Buffer.from('{"stream":true}'),
  });
  const headers = { 'content-type': 'text/event-stream' };
  const observer = createAnswerObserver({ request, provider: 'openai', status: 200, headers });
  for (const chunk of chunks) observer.onChunk(chunk, 1);
  return { facts: observer.finish('complete'), text: observer.answerText() };
}

const bytesOf = (chunks: readonly Buffer[]): Buffer[] =>
  [...Buffer.concat(chunks)].map((byte) => Buffer.from([byte]));

const end = Buffer.from(
  'data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\ndata: [DONE]\n\n',
);

/** A text as JSON, or what a broken server might send for one. */
const written = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"a\nb"',
    '"a\rb"',
    '"a\n\ndata: b"',
    '"\\""',
    '"\\\\"',
    '"x\\',
    'null',
    '""',
    '"a","b":"c"',
  ),
);
const framing = fc.constantFrom(
  ['data: ', '\n\n'],
  ['data:', '\r\n\r\n'],
  ['event: delta\ndata: ', '\n\n'],
  ['id: 1\ndata: ', '\n\n'],
  [': hello\n\ndata: ', '\n\n'],
  ['data: ', '\n'],
);

it('reads a stream of whole chunks exactly as the same bytes one by one', async () => {
  const deltas = fc.array(
    fc.record({
      text: written,
      member: fc.constantFrom('content', 'content', 'reasoning_content'),
      padding: fc.constantFrom('', '', ',"obfuscation":"xyz"', ',"obfuscation":"x\n"'),
      twice: fc.boolean(),
    }),
    { minLength: 2, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(framing, deltas, async ([before, after], list) => {
      const chunks = list.flatMap(({ text, member, padding, twice }) => {
        const json = `{"id":"i","model":"m","choices":[{"index":0,"delta":{"${member}":${text}},"finish_reason":null}]${padding}}`;
        const event = `${before}${json}${after}`;
        return [Buffer.from(event), Buffer.from(twice ? event + event : event)];
      });
      const whole = read('openai.chat_completions', [...chunks, end]);
      const single = read('openai.chat_completions', bytesOf([...chunks, end]));
      expect(await whole.facts).toEqual(await single.facts);
      expect(whole.text).toBe(single.text);
    }),
    { numRuns: 300 },
  );
});

it('reads named events of blocks that change', async () => {
  const delta = (index: number, kind: string, text: string): Buffer =>
    Buffer.from(
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${kind}_delta","${kind}":"${text}"}}\n\n`,
    );
  const chunks = [
    ...['a', 'b', 'c'].map((text) => delta(0, 'thinking', text)),
    ...['d', 'e\\n', 'f'].map((text) => delta(1, 'text', text)),
  ];
  const whole = read('anthropic.messages', chunks);
  const single = read('anthropic.messages', bytesOf(chunks));
  expect(await whole.facts).toEqual(await single.facts);
  expect(whole.text).toBe('de\nf');
});
