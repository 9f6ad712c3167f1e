import { expect, it } from 'vitest';
import { askForUsage } from './ask-for-usage.ts';
import { readRequestFacts } from './request-facts.ts';

function asked(
  json: string,
  provider = 'openai',
  api: 'openai.chat_completions' | 'openai.responses' = 'openai.chat_completions',
) {
  const body = Buffer.from(json);
  return (
    askForUsage(body, readRequestFacts({ api, provider, path: '/', headers: {}, body }))?.toString() ?? null
  );
}

it.each([
  ['{"model":"m","stream":true}', '{"stream_options":{"include_usage":true},"model":"m","stream":true}'],
  [' {\n "stream": true }', ' {"stream_options":{"include_usage":true},\n "stream": true }'],
  ['{"stream":true,"stream_options":{}}', '{"stream":true,"stream_options":{"include_usage":true}}'],
  [
    '{"stream":true,"stream_options":{ "x":1 }}',
    '{"stream":true,"stream_options":{"include_usage":true, "x":1 }}',
  ],
  ['{"stream":true,"stream_options":null}', '{"stream":true,"stream_options":{"include_usage":true}}'],
  [
    '{"stream":true,"stream_options":{"include_usage":false,"x":1}}',
    '{"stream":true,"stream_options":{"include_usage":true,"x":1}}',
  ],
])('changes as little as possible: %s', (json, wanted) => {
  expect(asked(json)).toBe(wanted);
  expect(JSON.parse(wanted).stream_options.include_usage).toBe(true);
});

it.each([
  ['a request that is not streamed', '{"model":"m"}', 'openai'],
  ['one that asked already', '{"stream":true,"stream_options":{"include_usage":true}}', 'openai'],
  ['a provider that reports usage anyway', '{"stream":true}', 'mistral'],
  ['a body that is no JSON', 'stream=true', 'openai'],
])('leaves %s alone', (_title, json, provider) => {
  expect(asked(json, provider)).toBeNull();
});

it('leaves other APIs alone', () => {
  expect(asked('{"stream":true}', 'openai', 'openai.responses')).toBeNull();
});

it('is not misled by a prompt that talks of stream_options', () => {
  const json = '{"messages":[{"content":"\\"stream_options\\":{\\"include_usage\\":true}"}],"stream":true}';
  expect(asked(json)).toBe(`{"stream_options":{"include_usage":true},${json.slice(1)}`);
});
