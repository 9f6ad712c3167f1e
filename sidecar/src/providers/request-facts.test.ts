import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRequestFacts } from './request-facts.ts';

function read(json: string | Buffer) {
  const body = Buffer.from(json);
  return readRequestFacts({
    api: 'openai.chat_completions',
    provider: 'openai',
    path: '/v1/chat/completions',
    headers: {},
    body,
  });
}

it.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740992', null],
  ['1e20', null],
  ['12.4', 12],
  ['-1', null],
])('reads a limit of %s tokens as what a record can hold', (limit, expected) => {
  const body = Buffer.from(`{"model":"m","max_tokens":${limit}}`);
  const facts = readRequestFacts({
    ...{
      api: 'openai.chat_completions',
      provider: 'openai',
      path: '/v1/chat/completions',
      headers: {},
      body,
    },
  });
  expect(facts.maxOutputTokens).toBe(expected);
});

it('finds what JSON.parse finds, whatever the messages hold', () => {
  const request = fc.record({
    messages: fc.json().map((json): unknown => JSON.parse(json)),
    model: fc.string({ unit: 'grapheme' }),
    stream: fc.boolean(),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }),
    max_tokens: fc.nat(),
    tools: fc.array(fc.constant({})),
    other: fc.string({ unit: 'binary' }),
  });
  fc.assert(
    fc.property(request, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const facts = read(JSON.stringify(value, null, indent));
      expect(facts.requestedModel).toBe(value.model);
      expect(facts.stream).toBe(value.stream);
      expect(facts.temperature).toBeCloseTo(value.temperature, 12);
      expect(facts.maxOutputTokens).toBe(value.max_tokens);
      expect(facts.hasTools).toBe(value.tools.length > 0);
    }),
  );
});

it('takes the last of repeated members, as parsers do, and reads escaped names', () => {
  expect(read('{"model":"a","mod\\u0065l":"b"}').requestedModel).toBe('b');
});

it('is not misled by strings that look like members', () => {
  const facts = read('{"messages":[{"content":"\\"model\\":\\"x\\",\\\\"}],"model":"real","stream":"true"}');
  expect(facts).toMatchObject({ requestedModel: 'real', stream: false });
});

it('never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      read(Buffer.from(bytes));
    }),
  );
  const json = '{"model":"m","messages":[{"content":"\\u00fc"}],"stream":true,"tools":[{}]}';
  for (let end = 0; end < json.length; end += 1) read(json.slice(0, end));
});

it('holds a copy of the head alone of a large body', () => {
  const { promptSample } = read(Buffer.alloc(1_000_000, 0x20));
  expect(promptSample.bodyBytes).toBe(1_000_000);
  expect(promptSample.bytes.length).toBe(65_536);
});
