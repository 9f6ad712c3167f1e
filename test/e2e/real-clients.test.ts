// The providers' own clients through the real sidecar, unchanged but for the base URL, against scripted answers.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { GoogleGenAI } from '@google/genai';
import { ChatOpenAI } from '@langchain/openai';
import { Mistral } from '@mistralai/mistralai';
import { generateText, streamText } from 'ai';
import { CohereClientV2 } from 'cohere-ai';
import { Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureStack, startFixtureStack, textOf } from './fixture-stack.ts';

const question = [{ role: 'user' as const, content: 'Explain' }];

let fixtures: FixtureStack;

beforeAll(async () => {
  fixtures = await startFixtureStack([
    'google',
    'mistral',
    'cohere',
    'ollama',
    'openai-compatible',
    'openai',
  ]);
});
afterAll(() => fixtures?.stop());

describe('@google/genai', () => {
  const client = () =>
    new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: fixtures.baseUrl('google') } });

  it('gets an answer with thoughts, cached tokens and searches metered', async () => {
    fixtures.script('google: generateContent with cached tokens, thoughts, audio and a search');
    const answer = await client().models.generateContent({ model: 'gemini-2.5-flash', contents: 'Explain' });
    expect(answer.text).toBe('Grüße');
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'google',
      model: 'gemini-2.5-flash',
      input_tokens: 1030,
      cached_input_tokens: 400,
      output_tokens: 170,
      reasoning_tokens: 120,
      usage_source: 'reported',
      finish_reason: 'STOP',
    });
  });

  it('streams', async () => {
    fixtures.script(
      "google: streamGenerateContent as SSE with CRLF, candidates' count missing in the last chunk",
    );
    const stream = await client().models.generateContentStream({
      model: 'gemini-2.5-pro',
      contents: 'Explain',
    });
    expect(await textOf(stream, (chunk) => chunk.text)).toBe('Hello wörld');
    expect(await fixtures.theCall()).toMatchObject({
      stream: true,
      input_tokens: 5,
      output_tokens: 47,
      reasoning_tokens: 40,
    });
  });

  it('embeds', async () => {
    fixtures.script('google: embedContent', '/v1beta/models/gemini-embedding-001:batchEmbedContents');
    await client().models.embedContent({ model: 'gemini-embedding-001', contents: 'Explain' });
    expect(await fixtures.theCall()).toMatchObject({ api: 'google.embed_content', input_tokens: 4 });
  });

  it('gets the error that the provider sent', async () => {
    fixtures.script('google: over quota', '/v1beta/models/gemini-2.0-flash:generateContent');
    const failed = client().models.generateContent({ model: 'gemini-2.0-flash', contents: 'Explain' });
    await expect(failed).rejects.toMatchObject({ name: 'ApiError', status: 429 });
    expect(await fixtures.theCall()).toMatchObject({ outcome: 'upstream_error', usage_source: 'none' });
  });
});

describe('@mistralai/mistralai', () => {
  const client = () => new Mistral({ apiKey: 'test', serverURL: fixtures.baseUrl('mistral') });

  it('gets a chat completion', async () => {
    fixtures.script('mistral: chat completion on audio, whose tokens only the total tells');
    const answer = await client().chat.complete({ model: 'voxtral-small-latest', messages: question });
    expect(answer.choices?.[0]?.message?.content).toBe('Said');
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'mistral',
      input_tokens: 379,
      output_tokens: 31,
    });
  });

  it('streams', async () => {
    fixtures.script('mistral: chat stream with the usage beside the finish reason');
    const stream = await client().chat.stream({ model: 'mistral-small-latest', messages: question });
    expect(await textOf(stream, (event) => String(event.data.choices[0]?.delta.content ?? ''))).toBe(
      'Bonjour',
    );
    expect(await fixtures.theCall()).toMatchObject({ stream: true, input_tokens: 6, output_tokens: 3 });
  });
});

describe('cohere-ai', () => {
  const client = () => new CohereClientV2({ token: 'test', environment: fixtures.baseUrl('cohere') });

  it('gets a chat answer, billed units metered', async () => {
    fixtures.script('cohere: v2 chat bills less than it counts');
    const answer = await client().chat({ model: 'command-a-03-2025', messages: question });
    expect(answer.message.content?.[0]).toMatchObject({ text: 'Hi' });
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'cohere',
      input_tokens: 5,
      cached_input_tokens: 2,
      output_tokens: 418,
    });
  });

  it('streams', async () => {
    fixtures.script('cohere: v2 chat stream');
    const stream = await client().chatStream({ model: 'command-a-reasoning', messages: question });
    const text = await textOf(stream, (event) =>
      event.type === 'content-delta' ? event.delta?.message?.content?.text : '',
    );
    expect(text).toBe('Grüße');
    expect(await fixtures.theCall()).toMatchObject({ stream: true, input_tokens: 17, output_tokens: 67 });
  });
});

describe('ollama', () => {
  const client = () => new Ollama({ host: fixtures.baseUrl('ollama') });

  it('gets a chat answer', async () => {
    fixtures.script('ollama: chat');
    const answer = await client().chat({ model: 'llama3.2', messages: question });
    expect(answer.message.content).toBe('Hi');
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'ollama',
      input_tokens: 26,
      output_tokens: 282,
    });
  });

  it('streams', async () => {
    fixtures.script('ollama: chat stream, as is the default');
    const stream = await client().chat({ model: 'qwen3', messages: question, stream: true });
    expect(await textOf(stream, (part) => part.message.content)).toBe('Grüße "done":true 👋');
    expect(await fixtures.theCall()).toMatchObject({
      stream: true,
      output_tokens: 298,
      finish_reason: 'length',
    });
  });
});

describe('ai with @ai-sdk/openai-compatible', () => {
  const model = (id: string) =>
    createOpenAICompatible({
      name: 'tollgate',
      apiKey: 'test',
      baseURL: `${fixtures.baseUrl('openai-compatible')}/v1`,
    })(id);

  it('gets a text', async () => {
    fixtures.script('openai-compatible: chat completion with usage of nulls');
    const { text } = await generateText({ model: model('m'), prompt: 'Explain', maxRetries: 0 });
    expect(text).toBe('Hi');
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'openai-compatible',
      input_tokens: 3,
      output_tokens: 2,
    });
  });

  it('streams', async () => {
    fixtures.script(
      "openai-compatible: chat stream with Python's spaces, no end marker and no last blank line",
    );
    const { textStream } = streamText({ model: model('m'), prompt: 'Explain', maxRetries: 0 });
    expect(await textOf(textStream, (text) => text)).toBe('Hi you');
    expect(await fixtures.theCall()).toMatchObject({
      stream: true,
      input_tokens: 3,
      output_tokens: 2,
      finish_reason: 'stop',
    });
  });
});

describe('@langchain/openai', () => {
  const model = (name: string) =>
    new ChatOpenAI({
      model: name,
      apiKey: 'test',
      maxRetries: 0,
      configuration: { baseURL: `${fixtures.baseUrl('openai')}/v1` },
    });

  it('gets a message', async () => {
    fixtures.script('openai: chat completion with cached, reasoning and audio tokens');
    const message = await model('gpt-4o').invoke('Explain');
    expect(message.text).toBe('Grüße "you" 👋');
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'openai',
      input_tokens: 2006,
      cached_input_tokens: 1920,
      output_tokens: 300,
    });
  });

  it('streams', async () => {
    fixtures.script('openai: chat stream, usage asked for');
    const stream = await model('gpt-4o').stream('Explain');
    expect(await textOf(stream, (chunk) => chunk.text)).toBe('Grüße "usage":{ 👋\n');
    expect(await fixtures.theCall()).toMatchObject({ stream: true, input_tokens: 19, output_tokens: 10 });
  });
});
