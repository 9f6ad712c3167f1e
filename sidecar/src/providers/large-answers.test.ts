import { type Api, MAX_CALL_COUNT } from '@tollgate/contract';
import { expect, it } from 'vitest';
import { createAnswerObserver } from './create-answer-observer.ts';
import { readRequestFacts } from './request-facts.ts';

const CHUNK = 64 * 1024;

async function observe(api: Api, request: object, answer: Buffer, contentType: string) {
  const body = Buffer.from(JSON.stringify(request));
  const facts = readRequestFacts({ api, provider: 'openai', path: '/', headers: {}, body });
  const observer = createAnswerObserver({
    request: facts,
    provider: 'openai',
    status: 200,
    headers: { 'content-type': contentType },
  });
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let at = 0; at < answer.length; at += CHUNK) {
    observer.onChunk(answer.subarray(at, at + CHUNK), 1);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  return { facts: await observer.finish('complete'), text: observer.answerText(), most };
}

it('reads the usage behind 20 MB of vectors in bounded memory', async () => {
  const vector = Array.from({ length: 1536 }, (_, index) => (index * 0.000_123_4).toFixed(8));
  const data = Array.from({ length: 1100 }, () => `{"object":"embedding","index":0,"embedding":[${vector}]}`);
  const answer = Buffer.from(
    `{"object":"list","data":[${data}],"model":"text-embedding-3-small","usage":{"prompt_tokens":5,"total_tokens":5}}`,
  );
  expect(answer.length).toBeGreaterThan(17_000_000);
  const { facts, most } = await observe('openai.embeddings', { input: 'x' }, answer, 'application/json');
  expect(facts).toMatchObject({
    usageSource: 'reported',
    responseModel: 'text-embedding-3-small',
    complete: true,
  });
  expect(facts.usage.input_uncached_tokens).toBe(5);
  expect(most).toBeLessThan(4_000_000);
});

it('reads the usage of an image event of 3 MB', async () => {
  const usage = '{"total_tokens":50,"input_tokens":10,"output_tokens":40}';
  const answer = Buffer.from(
    `event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"${'QUJD'.repeat(750_000)}","usage":${usage}}\n\n`,
  );
  const { facts } = await observe('openai.images', { stream: true }, answer, 'text/event-stream');
  expect(facts.usage).toMatchObject({ input_uncached_tokens: 10, output_image_tokens: 40 });
});

it('reads a whole answer with a long text and log probabilities, and keeps the beginning of the text', async () => {
  const text = 'Grüße \\"👋\\" '.repeat(20_000);
  const logprobs = Array.from(
    { length: 5000 },
    () => '{"token":"a","bytes":[1,2],"top_logprobs":[{"token":"b"}]}',
  );
  const answer = Buffer.from(
    `{"id":"c","model":"m","choices":[{"message":{"content":"${text}"},"logprobs":{"content":[${logprobs}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}`,
  );
  const observed = await observe('openai.chat_completions', {}, answer, 'application/json');
  expect(observed.facts).toMatchObject({ usageSource: 'reported', finishReason: 'stop' });
  expect(observed.text.startsWith('Grüße "👋" ')).toBe(true);
  expect(observed.text.length).toBeLessThan(40_000);
});

it.each([`"${'x'.repeat(30_000)}"`, JSON.stringify({ schema: { text: 'x'.repeat(1000) } })])(
  'reads the usage behind a list that outgrows every bound',
  async (entry) => {
    const list = Array.from({ length: 900 }, () => entry);
    const answer = Buffer.from(`{"a":[${list}],"usage":{"prompt_tokens":3,"completion_tokens":4}}`);
    const { facts } = await observe('openai.chat_completions', {}, answer, 'application/json');
    expect(facts).toMatchObject({
      usageSource: 'reported',
      usage: { input_uncached_tokens: 3, output_text_tokens: 4 },
    });
  },
);

it('reads the usage of a response that echoes hundreds of tools, whole and streamed', async () => {
  const tools = Array.from({ length: 300 }, (_, at) => ({
    type: 'function',
    name: `t${at}`,
    description: 'd'.repeat(1000),
  }));
  const output = [{ type: 'message', content: [{ type: 'output_text', text: 'hello' }] }];
  const usage = { input_tokens: 50_000, output_tokens: 700, total_tokens: 50_700 };
  const response = { id: 'r', object: 'response', model: 'm', status: 'completed', tools, output, usage };
  const streamed = `event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response })}\n\n`;
  for (const [answer, type] of [
    [JSON.stringify(response), 'application/json'],
    [streamed, 'text/event-stream'],
  ] as const) {
    const { facts } = await observe('openai.responses', {}, Buffer.from(answer), type);
    expect(facts).toMatchObject({
      usageSource: 'reported',
      responseModel: 'm',
      usage: { input_uncached_tokens: 50_000, output_text_tokens: 700 },
    });
  }
});

it('gives up on what outgrows every bound, without harm', async () => {
  const members = Array.from({ length: 20 }, (_, at) => `"m${at}":"${'x'.repeat(30_000)}"`);
  const answer = Buffer.from(`{${members},"usage":{"prompt_tokens":3,"completion_tokens":4}}`);
  const { facts } = await observe('openai.chat_completions', {}, answer, 'application/json');
  expect(facts.usageSource).not.toBe('reported');
});

it('scales an estimate up to the whole of a long stream', async () => {
  const delta = `data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":" word word word word"},"finish_reason":null}]}\n\n`;
  const end = 'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
  const answer = Buffer.from(delta.repeat(5000) + end);
  const { facts } = await observe('openai.chat_completions', { stream: true }, answer, 'text/event-stream');
  expect(facts.usageSource).toBe('estimated');
  expect(facts.usage.output_text_tokens).toBeGreaterThan(19_500);
  expect(facts.usage.output_text_tokens).toBeLessThan(20_500);
  expect(facts.tokenEvents).toBe(5000);
});

it('records of absurd counts what a record can hold', async () => {
  const usage = '{"prompt_tokens":9007199254740993,"completion_tokens":1e30,"total_tokens":1e30}';
  const answer = Buffer.from(`{"id":"c","model":"m","choices":[{"finish_reason":"stop"}],"usage":${usage}}`);
  const { facts } = await observe('openai.chat_completions', {}, answer, 'application/json');
  expect(facts).toMatchObject({
    usageSource: 'reported',
    usage: { input_uncached_tokens: MAX_CALL_COUNT, output_text_tokens: MAX_CALL_COUNT },
  });
});
