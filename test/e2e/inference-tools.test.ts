// Tools and structured answers through the clients that people use. The bundled model knows nothing of tools: what it
// calls and answers is nonsense, and fits the schema all the same.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { ChatOpenAI } from '@langchain/openai';
import { generateObject, generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';

const MODEL = 'tollgate-tiny';
const messages = [{ role: 'user' as const, content: 'What is the weather in Nantucket?' }];
const Weather = z.object({
  city: z.string().max(20),
  unit: z.enum(['celsius', 'fahrenheit']),
  days: z.int().min(1).max(14),
  hours: z.array(z.number().min(0).max(24)).max(3),
});
const schema = z.toJSONSchema(Weather);
const isWeather = (value: unknown) => Weather.safeParse(value).success;

let server: InferenceProcess;
beforeAll(async () => {
  server = await startInferenceProcess();
});
afterAll(async () => void (await server.stop()));

describe('openai', () => {
  const client = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  const tools = [zodFunction({ name: 'weather', parameters: Weather })];
  const ask = { model: MODEL, messages, max_tokens: 300, seed: 1, tools };

  it('parses structured answers', async () => {
    const answer = await client().chat.completions.parse({
      ...{ model: MODEL, messages, max_tokens: 300, response_format: zodResponseFormat(Weather, 'weather') },
    });
    expect(isWeather(answer.choices[0]?.message.parsed)).toBe(true);
  });

  it('gets a required call, whole and streamed alike, and sends its result back', async () => {
    const required = { ...ask, tool_choice: 'required' as const };
    const whole = await client().chat.completions.parse(required);
    const [choice] = whole.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    expect(isWeather(call?.function.parsed_arguments)).toBe(true);
    const streamed = await client().chat.completions.stream(required).finalChatCompletion();
    const [again] = streamed.choices[0]?.message.tool_calls ?? [];
    expect(again?.function).toMatchObject({ name: 'weather', arguments: call?.function.arguments });
    if (choice === undefined || call === undefined) throw new Error('no call');
    const result = { role: 'tool' as const, tool_call_id: call.id, content: '{"celsius": 7}' };
    const answer = await client().chat.completions.create({
      ...{ model: MODEL, max_tokens: 20, messages: [...messages, choice.message, result] },
    });
    expect(answer.choices[0]?.message.content).not.toBe('');
  });

  it('names the tool to call, lets the model choose, or calls none', async () => {
    const named = { type: 'function' as const, function: { name: 'now' } };
    const now = { type: 'function' as const, function: { name: 'now' } };
    const one = await client().chat.completions.create({
      ...ask,
      tools: [...tools, now],
      tool_choice: named,
    });
    expect(one.choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: 'now', arguments: '{}' } },
    ]);
    for (const choice of ['auto', 'none'] as const) {
      const free = await client().chat.completions.create({
        ...ask,
        tool_choice: choice,
        temperature: 0,
        max_tokens: 20,
      });
      expect(free.choices[0]?.message).toMatchObject({ content: expect.stringMatching(/\w/) });
    }
  });

  it('says what it cannot do', async () => {
    const create = (fields: object) => client().chat.completions.create({ ...ask, ...fields } as typeof ask);
    const pattern = {
      name: 'x',
      strict: true,
      parameters: { type: 'object', properties: { a: { pattern: '^b' } } },
    };
    const refused: readonly (readonly [object, object])[] = [
      [{ tools: [{ type: 'function', function: pattern }] }, { code: 'invalid_json_schema', param: 'tools' }],
      [{ tools: [{ type: 'custom', custom: {} }] }, { param: 'tools.0' }],
      [{ tools: [...tools, ...tools] }, { param: 'tools' }],
      [{ tool_choice: { type: 'function', function: { name: 'sea' } } }, { param: 'tool_choice' }],
      [{ tools: [], tool_choice: 'required' }, { param: 'tool_choice' }],
      [{ response_format: { type: 'json_object' } }, { param: 'response_format' }],
      [{ tools: undefined, functions: [{ name: 'old' }] }, { param: 'functions' }],
    ];
    for (const [fields, error] of refused)
      await expect(create(fields)).rejects.toMatchObject({ status: 400, ...error });
  });
});

describe('anthropic', () => {
  const client = () => new Anthropic({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
  const input_schema = schema as unknown as Anthropic.Tool.InputSchema;
  const ask = { model: MODEL, max_tokens: 300, messages, tools: [{ name: 'weather', input_schema }] };

  it('gets a call, whole and streamed, and sends its result back', async () => {
    const required = { ...ask, tool_choice: { type: 'any' as const } };
    const whole = await client().messages.create(required);
    const final = await client().messages.stream(required).finalMessage();
    for (const message of [whole, final]) {
      expect(message.stop_reason).toBe('tool_use');
      const [block] = message.content;
      expect(block?.type === 'tool_use' && isWeather(block.input)).toBe(true);
    }
    const [block] = whole.content;
    if (block?.type !== 'tool_use') throw new Error('no call');
    const result = {
      type: 'tool_result' as const,
      tool_use_id: block.id,
      content: [{ type: 'text' as const, text: '7' }],
    };
    const turns = [
      ...messages,
      { role: 'assistant' as const, content: [block] },
      { role: 'user' as const, content: [result] },
    ];
    const answer = await client().messages.create({ ...ask, max_tokens: 20, messages: turns });
    expect(answer.usage.input_tokens).toBeGreaterThan(whole.usage.input_tokens);
  });

  it('answers in the format of output_config, and continues a message that was begun', async () => {
    const format = { type: 'json_schema' as const, schema: { ...schema } };
    const ask = { model: MODEL, max_tokens: 300, messages };
    const answer = await client().messages.create({ ...ask, output_config: { format } });
    const [block] = answer.content;
    expect(isWeather(JSON.parse(block?.type === 'text' ? block.text : ''))).toBe(true);
    const begun = [...messages, { role: 'assistant' as const, content: 'Once upon a' }];
    const inputTokens = async (all: typeof begun | typeof messages) =>
      (await client().messages.countTokens({ model: MODEL, messages: all })).input_tokens;
    const tokenized = await fetch(`${server.url}/tokenize`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ prompt: 'Once upon a', add_special_tokens: false }),
    });
    const { count } = (await tokenized.json()) as { count: number };
    // No end token stands behind what was begun.
    expect(await inputTokens(begun)).toBe((await inputTokens(messages)) + count);
    expect((await client().messages.create({ ...ask, max_tokens: 3, messages: begun })).content).toHaveLength(
      1,
    );
    const both = client().messages.create({ ...ask, messages: begun, output_config: { format } });
    await expect(both).rejects.toMatchObject({ status: 400, requestID: expect.stringMatching(/-/) });
  });

  it('refuses tools that Anthropic runs itself', async () => {
    const tools = [{ type: 'bash_20250124' as const, name: 'bash' as const }];
    await expect(client().messages.create({ ...ask, tools })).rejects.toBeInstanceOf(
      Anthropic.BadRequestError,
    );
  });
});

describe('ai', () => {
  const model = () =>
    createOpenAICompatible({
      name: 'tollgate',
      baseURL: `${server.url}/v1`,
      supportsStructuredOutputs: true,
    })(MODEL);
  const weather = tool({ inputSchema: Weather, execute: async ({ days }) => `${days} days of rain` });

  it('generates objects', async () => {
    const { object } = await generateObject({
      model: model(),
      schema: Weather,
      prompt: 'Weather?',
      maxOutputTokens: 300,
    });
    expect(isWeather(object)).toBe(true);
    const loose = await generateObject({
      ...{
        model: model(),
        schema: jsonSchema<{ a: number }>({
          type: 'object',
          properties: { a: { type: 'integer' } },
          required: ['a'],
        }),
      },
      ...{ prompt: 'A number', maxOutputTokens: 100 },
    });
    expect(loose.object.a).toEqual(expect.any(Number));
  });

  it('calls tools, whole and streamed', async () => {
    const ask = {
      model: model(),
      tools: { weather },
      toolChoice: 'required' as const,
      prompt: 'Weather?',
      maxOutputTokens: 300,
    };
    const { toolCalls, toolResults } = await generateText(ask);
    expect(isWeather(toolCalls[0]?.input)).toBe(true);
    expect(toolResults[0]?.output).toMatch(/days of rain/);
    const streamed = streamText(ask);
    await streamed.consumeStream();
    expect(isWeather((await streamed.toolCalls)[0]?.input)).toBe(true);
  });
});

it('langchain: structured output and bound tools', async () => {
  const model = new ChatOpenAI({
    ...{ model: MODEL, apiKey: 'none', maxTokens: 300, maxRetries: 0 },
    configuration: { baseURL: `${server.url}/v1` },
  });
  for (const method of ['jsonSchema', 'functionCalling'] as const) {
    const structured = model.withStructuredOutput(schema, { method, name: 'weather' });
    expect(isWeather(await structured.invoke('Weather?'))).toBe(true);
  }
  const bound = model.bindTools([{ type: 'function', function: { name: 'weather', parameters: schema } }], {
    tool_choice: 'any',
  });
  const { tool_calls: calls } = await bound.invoke('Weather?');
  expect(isWeather(calls?.[0]?.args)).toBe(true);
});
