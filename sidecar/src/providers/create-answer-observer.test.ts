import { Api } from '@tollgate/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerObserver } from './create-answer-observer.ts';
import { readRequestFacts } from './request-facts.ts';

const SSE = { 'content-type': 'text/event-stream' };

function request(api: Api, body: object = { stream: true }) {
  return readRequestFacts({
    api,
    provider: 'openai',
    path: '/',
    headers: {},
    body: Buffer.from(JSON.stringify(body)),
  });
}

function observeChat(body?: object) {
  return createAnswerObserver({
    request: request('openai.chat_completions', body),
    provider: 'openai',
    status: 200,
    headers: SSE,
  });
}

const chunk = (delta: object, finish: string | null = null) =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
  );
const usage = Buffer.from(
  'data: {"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":9,"total_tokens":16}}\n\n',
);

describe('times', () => {
  it('are those of deltas with text: role, empty and usage chunks are no token events', async () => {
    const observer = observeChat();
    observer.onChunk(chunk({ role: 'assistant', content: '' }), 100);
    observer.onChunk(chunk({ reasoning_content: 'hm' }), 110);
    observer.onChunk(Buffer.from(': ping\n\n'), 115);
    observer.onChunk(chunk({ reasoning_content: 'so' }), 120);
    observer.onChunk(chunk({ content: 'Hi' }), 150);
    observer.onChunk(chunk({ content: '' }), 200);
    observer.onChunk(Buffer.concat([chunk({ content: ' the' }), chunk({ content: 're' })]), 1150);
    observer.onChunk(chunk({}, 'stop'), 1200);
    observer.onChunk(usage, 1300);
    const facts = await observer.finish('complete');
    expect(facts).toMatchObject({
      firstReasoningAtMs: 110,
      firstAnswerAtMs: 150,
      tokenEvents: 5,
      interTokenP50Ms: 10,
      interTokenP99Ms: 1000,
      maxStallMs: 1000,
      complete: true,
    });
    expect(observer.answerText()).toBe('Hi there');
  });

  it('are absent from an answer that was not streamed', async () => {
    const whole = createAnswerObserver({
      request: request('openai.chat_completions', {}),
      provider: 'openai',
      status: 200,
      headers: { 'content-type': 'application/json' },
    });
    whole.onChunk(Buffer.from('{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'), 5);
    expect(await whole.finish('complete')).toMatchObject({
      firstAnswerAtMs: null,
      tokenEvents: 0,
      maxStallMs: null,
    });
  });
});

describe('a stream that is cut', () => {
  const prompt = { stream: true, messages: [{ role: 'user', content: 'one two three four' }] };

  it('is partial: the prompt and the text so far are estimated', async () => {
    const observer = observeChat(prompt);
    observer.onChunk(chunk({ content: 'five six' }), 1);
    const facts = await observer.finish('cut');
    expect(facts).toMatchObject({ usageSource: 'partial', complete: false });
    expect(facts.usage).toMatchObject({ input_uncached_tokens: 4, output_text_tokens: 2 });
  });

  it('is partial with the prompt alone where nothing had come yet', async () => {
    const facts = await observeChat(prompt).finish('cut');
    expect(facts).toMatchObject({
      usageSource: 'partial',
      usage: { input_uncached_tokens: 4, output_text_tokens: 0 },
    });
  });

  it('counts as reported where the usage had come', async () => {
    const observer = observeChat(prompt);
    for (const bytes of [chunk({ content: 'x' }), chunk({}, 'stop'), usage]) observer.onChunk(bytes, 1);
    expect(await observer.finish('cut')).toMatchObject({
      usageSource: 'reported',
      usage: { input_uncached_tokens: 7, output_text_tokens: 9 },
    });
  });

  it('never trusts the first counts of a message as its last', async () => {
    const observer = createAnswerObserver({
      request: request('anthropic.messages'),
      provider: 'anthropic',
      status: 200,
      headers: SSE,
    });
    observer.onChunk(
      Buffer.from(
        'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":50,"cache_read_input_tokens":5,"output_tokens":1}}}\n\n' +
          'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"one two three"}}\n\n',
      ),
      1,
    );
    const facts = await observer.finish('cut');
    expect(facts.usageSource).toBe('partial');
    expect(facts.usage).toMatchObject({
      input_uncached_tokens: 50,
      input_cache_read_tokens: 5,
      output_text_tokens: 3,
    });
  });
});

it('never throws and always ends, whatever an upstream sends to whichever API', async () => {
  const tokens = fc.constantFrom(
    'data: ',
    '\n',
    '\r',
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\\',
    '"usage"',
    '"choices"',
    '"delta"',
    '"content"',
    '"type":"message_delta"',
    'event: error',
    'null',
    '1e999',
    '-1',
    '"error"',
    '"index"',
    '\u0000',
    'é',
    '"model":"m"',
  );
  const bytes = fc.oneof(
    fc.array(tokens, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''))),
    fc.uint8Array({ maxLength: 120 }).map((array) => Buffer.from(array)),
    fc.json().map((json) => Buffer.from(`data: ${json}\n\n`)),
  );
  const headers = fc.constantFrom(
    SSE,
    { 'content-type': 'application/json' },
    { 'content-type': 'application/x-ndjson' },
    { 'content-type': 'application/vnd.amazon.eventstream' },
    { 'content-encoding': 'gzip' },
    {},
  );
  const status = fc.constantFrom(101, 200, 200, 200, 429);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Api.options),
      headers,
      status,
      fc.array(bytes),
      async (api, head, code, chunks) => {
        const observer = createAnswerObserver({
          request: request(api),
          provider: 'openai',
          status: code,
          headers: head,
        });
        for (const one of chunks) observer.onChunk(one, 1);
        const facts = await observer.finish('complete');
        expect(facts.fault).toBeUndefined();
        for (const count of Object.values(facts.usage)) expect(count).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 600 },
  );
});
