// The openai package through the real sidecar, unchanged but for the base URL.
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  jsonAnswer,
  OPENAI_COMPLETION,
  OPENAI_DONE,
  OPENAI_TOOL_DELTAS,
  openaiDelta,
  openaiUsageEvent,
  scriptBytes,
  sseAnswer,
} from '../fakes/provider-scripts.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../fakes/scripted-upstream.ts';
import { newestCall, rawAnswer, recordedCall } from './recorded-call.ts';
import { type RunningStack, startStack } from './running-stack.ts';

const CHAT = '/v1/chat/completions';
const question = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] };

let upstream: ScriptedUpstream;
let stack: RunningStack;
let openai: OpenAI;

beforeAll(async () => {
  upstream = await createScriptedUpstream();
  const timeouts = { headersMs: 700, idleMs: 700 };
  stack = await startStack({
    args: ['--no-inference'],
    config: {
      upstreams: [{ name: 'openai', provider: 'openai', baseUrl: upstream.url, default: true, timeouts }],
    },
  });
  openai = new OpenAI({ baseURL: `${stack.sidecar}/v1`, apiKey: 'sk-test', maxRetries: 0 });
});
afterAll(async () => {
  await stack?.stop();
  await upstream?.close();
});

describe('the openai package', () => {
  it('gets a whole answer, and the call is metered', async () => {
    upstream.on(CHAT, jsonAnswer(OPENAI_COMPLETION));
    const { data, response } = await openai.chat.completions.create(question).withResponse();
    expect(data.choices[0]?.message.content).toBe('Grüße, 世界 🌍');
    expect(response.headers.get('x-request-id')).toBe('req_42');
    expect(await recordedCall(stack, response.headers.get('x-tollgate-call-id'))).toMatchObject({
      provider: 'openai',
      model: 'gpt-4o-2024-08-06',
      outcome: 'ok',
      input_tokens: 31,
      cached_input_tokens: 8,
      output_tokens: 17,
      reasoning_tokens: 5,
      usage_source: 'reported',
      finish_reason: 'stop',
      cost_status: 'exact',
    });
    expect(upstream.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-test');
  });

  it('streams without the usage chunk it did not ask for, while its usage is metered', async () => {
    const answer = [
      openaiDelta({ role: 'assistant', content: '' }),
      openaiDelta({ content: 'Hi' }),
      openaiDelta({ content: '!' }),
      openaiDelta({}, 'stop'),
    ];
    upstream.on(CHAT, (request) => {
      const asked = (
        JSON.parse(request.body.toString('utf8')) as { stream_options?: { include_usage?: boolean } }
      ).stream_options;
      return sseAnswer([
        ...answer,
        ...(asked?.include_usage === true ? [openaiUsageEvent] : []),
        OPENAI_DONE,
      ]);
    });
    const { data: stream, response } = await openai.chat.completions
      .create({ ...question, stream: true })
      .withResponse();
    const seen: unknown[] = [];
    let text = '';
    for await (const chunk of stream) {
      seen.push(chunk.choices.length);
      text += chunk.choices[0]?.delta.content ?? '';
    }
    expect(text).toBe('Hi!');
    expect(seen).toEqual([1, 1, 1, 1]);
    expect(await recordedCall(stack, response.headers.get('x-tollgate-call-id'))).toMatchObject({
      input_tokens: 31,
      output_tokens: 17,
      stream: true,
    });
    const { bytes } = await rawAnswer(stack, CHAT, { ...question, stream: true });
    expect(bytes.toString('utf8')).toBe([...answer, OPENAI_DONE].join(''));
  });

  it('streams with the usage chunk when it asks for it', async () => {
    const script = sseAnswer([
      openaiDelta({ content: 'Hi' }),
      openaiDelta({}, 'stop'),
      openaiUsageEvent,
      OPENAI_DONE,
    ]);
    upstream.on(CHAT, script);
    const stream = await openai.chat.completions.create({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages: (number | undefined)[] = [];
    for await (const chunk of stream) usages.push(chunk.usage?.total_tokens);
    expect(usages.at(-1)).toBe(48);
    const { bytes } = await rawAnswer(stack, CHAT, {
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(bytes.toString('utf8')).toBe(scriptBytes(script));
  });

  it('assembles tool calls', async () => {
    upstream.on(CHAT, sseAnswer([...OPENAI_TOOL_DELTAS, OPENAI_DONE]));
    const stream = openai.chat.completions.stream(question);
    const message = (await stream.finalChatCompletion()).choices[0]?.message;
    expect(message?.tool_calls?.[0]).toMatchObject({
      function: { name: 'get_weather', arguments: '{"city":"Paris"}' },
    });
  });

  it('gets embeddings, completions and responses', async () => {
    upstream.on(
      '/v1/embeddings',
      jsonAnswer({
        object: 'list',
        model: 'text-embedding-3-small',
        data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }],
        usage: { prompt_tokens: 4, total_tokens: 4 },
      }),
    );
    const embedded = await openai.embeddings
      .create({ model: 'text-embedding-3-small', input: 'x', encoding_format: 'float' })
      .withResponse();
    expect(embedded.data.data[0]?.embedding).toEqual([0.5, -1]);
    expect(await recordedCall(stack, embedded.response.headers.get('x-tollgate-call-id'))).toMatchObject({
      api: 'openai.embeddings',
      input_tokens: 4,
      output_tokens: 0,
    });

    upstream.on(
      '/v1/completions',
      jsonAnswer({
        id: 'cmpl-1',
        object: 'text_completion',
        created: 1,
        model: 'gpt-3.5-turbo-instruct',
        choices: [{ index: 0, text: 'ok', finish_reason: 'length', logprobs: null }],
        usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
      }),
    );
    const completed = await openai.completions
      .create({ model: 'gpt-3.5-turbo-instruct', prompt: 'x' })
      .withResponse();
    expect(completed.data.choices[0]?.text).toBe('ok');
    expect(await recordedCall(stack, completed.response.headers.get('x-tollgate-call-id'))).toMatchObject({
      api: 'openai.completions',
      finish_reason: 'length',
    });

    const response = {
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      status: 'completed',
      model: 'gpt-4o-2024-08-06',
      output: [
        {
          type: 'message',
          id: 'msg_1',
          status: 'completed',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'fine', annotations: [] }],
        },
      ],
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 2 },
        output_tokens: 6,
        output_tokens_details: { reasoning_tokens: 4 },
        total_tokens: 16,
      },
    };
    upstream.on('/v1/responses', jsonAnswer(response));
    const answered = await openai.responses.create({ model: 'gpt-4o', input: 'x' }).withResponse();
    expect(answered.data.output_text).toBe('fine');
    expect(await recordedCall(stack, answered.response.headers.get('x-tollgate-call-id'))).toMatchObject({
      api: 'openai.responses',
      cached_input_tokens: 2,
      reasoning_tokens: 4,
    });
  });

  it.each([
    [401, OpenAI.AuthenticationError, 'invalid_api_key'],
    [429, OpenAI.RateLimitError, 'rate_limit_exceeded'],
    [500, OpenAI.InternalServerError, 'server_error'],
  ])('throws its own error class for %s', async (status, errorClass, code) => {
    upstream.on(
      CHAT,
      jsonAnswer({ error: { message: 'no', type: 'x', param: null, code } }, status, ['retry-after', '7']),
    );
    const error = await openai.chat.completions.create(question).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, code, requestID: 'req_42' });
    expect((error as { headers: Headers }).headers.get('retry-after')).toBe('7');
  });

  it('sees an upstream that is silent as an error of the API it called', async () => {
    upstream.on(CHAT, { silent: true });
    const error = await openai.chat.completions.create(question).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 504 });
    expect(await newestCall(stack, 'timeout')).toMatchObject({ provider: 'openai' });
  });

  it('sees a stream that is cut as a broken connection, and the call is marked', async () => {
    upstream.on(CHAT, {
      headers: ['content-type', 'text/event-stream'],
      steps: [{ chunk: openaiDelta({ content: 'Hal' }) }, { delayMs: 20 }, { cut: true }],
    });
    const { data: stream, response } = await openai.chat.completions
      .create({ ...question, stream: true })
      .withResponse();
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toThrow();
    expect(await recordedCall(stack, response.headers.get('x-tollgate-call-id'))).toMatchObject({
      outcome: 'upstream_error',
      usage_source: 'partial',
    });
  });

  it('reaches upstream with its abort', async () => {
    upstream.on(CHAT, {
      headers: ['content-type', 'text/event-stream'],
      steps: [{ chunk: openaiDelta({ content: 'a' }) }, { hang: true }],
    });
    const aborted = upstream.nextAbort();
    const stream = await openai.chat.completions.create({ ...question, stream: true });
    for await (const _ of stream) {
      stream.controller.abort();
      break;
    }
    await aborted;
    expect(await newestCall(stack, 'client_aborted')).toMatchObject({ usage_source: 'partial' });
  });
});
