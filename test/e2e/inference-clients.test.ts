// The reference server through the clients that people use: OpenAI's, Anthropic's and Vercel's SDKs, LangChain, and
// requests as AIPerf, vLLM's benchmark and GuideLLM send them.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';

const MODEL = 'tollgate-tiny';
const messages = [{ role: 'user' as const, content: 'Tell me about the whale.' }];

let server: InferenceProcess;
beforeAll(async () => {
  server = await startInferenceProcess();
});
afterAll(async () => void (await server.stop()));

describe('openai', () => {
  const client = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });

  it('answers whole and streamed with the same tokens, and counts them exactly', async () => {
    const ask = { model: MODEL, messages, max_tokens: 12, min_tokens: 12, temperature: 0 };
    const whole = await client().chat.completions.create(ask);
    const stream = await client().chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let events = 0;
    let usage: OpenAI.CompletionUsage | undefined;
    const finishes: string[] = [];
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta;
      if (delta?.content) {
        text += delta.content;
        events += 1;
      }
      if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(finishes).toEqual(['length']);
    expect(usage).toMatchObject({ completion_tokens: 12, prompt_tokens: whole.usage?.prompt_tokens });
    expect(whole.usage?.completion_tokens).toBe(12);
    expect(events).toBeLessThanOrEqual(12);
    expect(events).toBeGreaterThan(8);
  });

  it('repeats a seeded answer, gives n choices, logprobs and stops', async () => {
    const ask = { model: MODEL, messages, max_tokens: 16, temperature: 1, seed: 7, n: 3 };
    const [first, second] = [
      await client().chat.completions.create(ask),
      await client().chat.completions.create(ask),
    ];
    const texts = first.choices.map(({ message }) => message.content);
    expect(second.choices.map(({ message }) => message.content)).toEqual(texts);
    expect(new Set(texts).size).toBe(3);
    const logged = await client().chat.completions.create({
      ...{ model: MODEL, messages, max_tokens: 4, temperature: 0, logprobs: true, top_logprobs: 3 },
    });
    const content = logged.choices[0]?.logprobs?.content ?? [];
    expect(content).toHaveLength(4);
    expect(content.map(({ token }) => token).join('')).toBe(logged.choices[0]?.message.content);
    expect(content[0]?.top_logprobs).toHaveLength(3);
    expect(content[0]?.logprob).toBe(content[0]?.top_logprobs[0]?.logprob);
    const stopped = await client().chat.completions.create({
      ...{ model: MODEL, messages, max_tokens: 200, temperature: 0, stop: [' the', '.'] },
    });
    expect(stopped.choices[0]?.finish_reason).toBe('stop');
    expect(stopped.choices[0]?.message.content).not.toMatch(/ the|\./);
  });

  it('answers an object that parses in JSON mode, or says that it was cut short', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const answer = await client().chat.completions.create({
        ...{ model: MODEL, messages, max_tokens: 60, temperature: 0.7, seed },
        response_format: { type: 'json_object' },
      });
      const [choice] = answer.choices;
      if (choice?.finish_reason === 'stop') JSON.parse(choice.message.content ?? '');
      else expect(choice?.message.content).toMatch(/^\{/);
    }
  });

  it('raises its own error classes', async () => {
    const bad = client().chat.completions.create({ model: 'no-such-model', messages });
    await expect(bad).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    const long = client().chat.completions.create({ model: MODEL, messages, max_tokens: 100_000 });
    await expect(long).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
    const hot = client().chat.completions.create({ model: MODEL, messages, temperature: 5 });
    await expect(hot).rejects.toMatchObject({ status: 400, param: 'temperature' });
    const json_schema = { name: 'x', schema: { type: 'string', pattern: '^a' } };
    const format = { type: 'json_schema' as const, json_schema };
    const strict = client().chat.completions.create({ model: MODEL, messages, response_format: format });
    await expect(strict).rejects.toMatchObject({ status: 400, code: 'invalid_json_schema' });
  });

  it('embeds, lists models and completes text', async () => {
    const embedded = await client().embeddings.create({ model: MODEL, input: ['whale', 'whale', 'nation'] });
    const [a, b, c] = embedded.data.map(({ embedding }) => embedding);
    expect(Math.hypot(...(a ?? []))).toBeCloseTo(1, 4);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
    const listed = await client().models.list();
    expect(listed.data.map(({ id }) => id)).toEqual([MODEL]);
    const completed = await client().completions.create({
      model: MODEL,
      prompt: 'Call me',
      max_tokens: 3,
      echo: true,
    });
    expect(completed.choices[0]?.text).toMatch(/^Call me/);
  });

  it('shows cached prompt tokens where a beginning was met before', async () => {
    const content = 'The committee met on the deck and spoke about the whale. '.repeat(8);
    const ask = { model: MODEL, messages: [{ role: 'user' as const, content }], max_tokens: 2 };
    await client().chat.completions.create(ask);
    const again = await client().chat.completions.create(ask);
    const cached = again.usage?.prompt_tokens_details?.cached_tokens ?? 0;
    expect(cached).toBeGreaterThan(32);
    expect(cached).toBeLessThan(again.usage?.prompt_tokens ?? 0);
  });
});

it('anthropic: whole and streamed messages', async () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
  const ask = { model: MODEL, max_tokens: 10, messages, temperature: 0 };
  const whole = await client.messages.create(ask);
  expect(['max_tokens', 'end_turn']).toContain(whole.stop_reason);
  expect(whole.usage.output_tokens).toBeGreaterThan(1);
  const final = await client.messages.stream(ask).finalMessage();
  expect(final.content).toEqual(whole.content);
  expect(final.usage.output_tokens).toBe(whole.usage.output_tokens);
  expect(final.stop_reason).toBe(whole.stop_reason);
  const bad = client.messages.create({ ...ask, max_tokens: 0 });
  await expect(bad).rejects.toBeInstanceOf(Anthropic.BadRequestError);
});

it('ai: generateText and streamText', async () => {
  const provider = createOpenAICompatible({
    name: 'tollgate',
    baseURL: `${server.url}/v1`,
    includeUsage: true,
  });
  const ask = {
    model: provider(MODEL),
    prompt: 'Tell me about the sea.',
    maxOutputTokens: 9,
    temperature: 0,
  };
  const whole = await generateText(ask);
  const streamed = streamText(ask);
  let text = '';
  for await (const part of streamed.textStream) text += part;
  expect(text).toBe(whole.text);
  expect(whole.usage.outputTokens).toBeGreaterThan(0);
  expect((await streamed.usage).outputTokens).toBe(whole.usage.outputTokens);
});

it('langchain: invoke and stream', async () => {
  const model = new ChatOpenAI({
    ...{ model: MODEL, apiKey: 'none', maxTokens: 8, temperature: 0, maxRetries: 0 },
    configuration: { baseURL: `${server.url}/v1` },
  });
  const whole = await model.invoke('Tell me about the sea.');
  let text = '';
  for await (const chunk of await model.stream('Tell me about the sea.')) text += chunk.text;
  expect(text).toBe(whole.text);
  expect(whole).toMatchObject({ usage_metadata: { output_tokens: expect.any(Number) } });
});

describe('load generators', () => {
  async function events(path: string, body: object, headers: object = {}): Promise<Record<string, never>[]> {
    const answer = await fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const lines = (await answer.text()).split('\n').filter((line) => line !== '');
    expect(lines.at(-1)).toBe('data: [DONE]');
    return lines.slice(0, -1).map((line) => JSON.parse(line.replace(/^data: /, '')));
  }
  interface Event {
    readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null;
    readonly choices: readonly { readonly delta?: { readonly content?: string }; readonly text?: string }[];
  }
  const usageOf = (event: unknown) => (event as Event | undefined)?.usage;
  const choiceOf = (event: unknown) => (event as Event | undefined)?.choices[0];
  /** What ends a stream: usage alone, after the last chunk with a choice. */
  const expectUsageLast = (all: readonly unknown[], tokens: number) => {
    expect(choiceOf(all.at(-1))).toBeUndefined();
    expect(usageOf(all.at(-1))?.completion_tokens).toBe(tokens);
    expect(all.slice(0, -1).every((event) => choiceOf(event) !== undefined)).toBe(true);
  };
  const parts = [{ role: 'user', content: [{ type: 'text', text: 'Tell me about the whale.' }] }];

  it('vLLM’s benchmark: ignore_eos gives exactly the tokens asked for, in both of its request shapes', async () => {
    const stream = { stream: true, stream_options: { include_usage: true }, ignore_eos: true };
    const text = await events('/v1/completions', {
      ...{
        model: MODEL,
        prompt: 'The whale',
        repetition_penalty: 1,
        max_tokens: 40,
        logprobs: null,
        ...stream,
      },
    });
    expectUsageLast(text, 40);
    const tokens = await events(
      '/v1/completions',
      { model: MODEL, prompt: [0, 700, 900], temperature: 0, max_tokens: 5, ...stream },
      { 'x-request-id': 'bench-0' },
    );
    expectUsageLast(tokens, 5);
    const chat = await events('/v1/chat/completions', {
      ...{ model: MODEL, messages: parts, max_completion_tokens: 30, temperature: 0, ...stream },
    });
    expectUsageLast(chat, 30);
    // It takes the first chunk with a choice for the first token.
    expect(choiceOf(chat[0])?.delta?.content).toMatch(/./);
  });

  it('AIPerf: lists of prompts, content parts, min_tokens, and usage in each chunk where asked', async () => {
    const chat = await events(
      '/v1/chat/completions',
      {
        ...{
          messages: parts,
          model: MODEL,
          stream: true,
          max_completion_tokens: 25,
          min_tokens: 25,
          ignore_eos: true,
        },
        stream_options: { include_usage: true, continuous_usage_stats: true },
      },
      { accept: 'text/event-stream', 'x-request-id': 'a', 'x-correlation-id': 'b' },
    );
    expectUsageLast(chat, 25);
    expect(chat.every((event) => (usageOf(event)?.completion_tokens ?? 0) > 0)).toBe(true);
    const text = await events('/v1/completions', {
      ...{
        prompt: ['The whale'],
        model: MODEL,
        stream: true,
        max_tokens: 9,
        min_tokens: 9,
        nvext: { ignore_eos: true },
      },
      stream_options: { include_usage: true },
    });
    expectUsageLast(text, 9);
    const whole = await fetch(`${server.url}/v1/chat/completions`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ messages: parts, model: MODEL, stream: false, max_tokens: 3 }),
    });
    expect(await whole.json()).toMatchObject({ object: 'chat.completion', usage: { completion_tokens: 3 } });
  });

  it('GuideLLM: asks for health and models first; usage grows with each event, none comes before a token', async () => {
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const models = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data[0]?.id).toBe(MODEL);
    const options = { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } };
    const limits = { stop: null, ignore_eos: true };
    const chat = await events('/v1/chat/completions', {
      ...{ model: MODEL, messages: parts, ...options, max_completion_tokens: 12, ...limits },
    });
    const text = await events('/v1/completions', {
      ...{ model: MODEL, prompt: 'The whale', ...options, max_tokens: 12, ...limits },
    });
    for (const all of [chat, text]) {
      const counts = all.map((event) => usageOf(event)?.completion_tokens ?? -1);
      expect(counts[0]).toBeGreaterThan(0);
      expect([...counts].sort((a, b) => a - b)).toEqual(counts);
      expectUsageLast(all, 12);
    }
  });
});
