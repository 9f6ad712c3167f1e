// The @anthropic-ai/sdk package through the real sidecar, unchanged but for the base URL.
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANTHROPIC_EVENTS,
  ANTHROPIC_MESSAGE,
  jsonAnswer,
  scriptBytes,
  sseAnswer,
} from '../fakes/provider-scripts.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../fakes/scripted-upstream.ts';
import { rawAnswer, recordedCall } from './recorded-call.ts';
import { type RunningStack, startStack } from './running-stack.ts';

const question = {
  model: 'claude-sonnet-4-0',
  max_tokens: 50,
  messages: [{ role: 'user' as const, content: 'hi' }],
};

let upstream: ScriptedUpstream;
let stack: RunningStack;
let anthropic: Anthropic;

beforeAll(async () => {
  upstream = await createScriptedUpstream();
  const timeouts = { headersMs: 700, idleMs: 700 };
  stack = await startStack({
    args: ['--no-inference'],
    config: { upstreams: [{ name: 'anthropic', provider: 'anthropic', baseUrl: upstream.url, timeouts }] },
  });
  anthropic = new Anthropic({ baseURL: `${stack.sidecar}/anthropic`, apiKey: 'sk-ant-test', maxRetries: 0 });
});
afterAll(async () => {
  await stack?.stop();
  await upstream?.close();
});

describe('the @anthropic-ai/sdk package', () => {
  it('gets a whole message with cache reads and writes metered apart', async () => {
    upstream.on('/v1/messages', jsonAnswer(ANTHROPIC_MESSAGE));
    const { data, response } = await anthropic.messages.create(question).withResponse();
    expect(data.content[0]).toMatchObject({ type: 'text', text: 'Hello there' });
    expect(await recordedCall(stack, response.headers.get('x-tollgate-call-id'))).toMatchObject({
      provider: 'anthropic',
      api: 'anthropic.messages',
      input_tokens: 132,
      cached_input_tokens: 100,
      cache_write_tokens: 12,
      output_tokens: 9,
      finish_reason: 'end_turn',
    });
    expect(upstream.requests.at(-1)?.url).toBe('/v1/messages');
    expect(upstream.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer sk-ant-test' });
  });

  it('streams a message, byte for byte', async () => {
    const script = sseAnswer(ANTHROPIC_EVENTS);
    upstream.on('/v1/messages', script);
    const stream = anthropic.messages.stream(question);
    expect(await stream.finalText()).toBe('Hello there');
    const { bytes, callId } = await rawAnswer(stack, '/anthropic/v1/messages', {
      ...question,
      stream: true,
    });
    expect(bytes.toString('utf8')).toBe(scriptBytes(script));
    expect(await recordedCall(stack, callId)).toMatchObject({
      input_tokens: 132,
      output_tokens: 9,
      stream: true,
    });
  });

  it('throws its own error classes', async () => {
    upstream.on(
      '/v1/messages',
      jsonAnswer({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529),
    );
    await expect(anthropic.messages.create(question)).rejects.toMatchObject({ status: 529 });
    upstream.on('/v1/messages', { silent: true });
    const error = await anthropic.messages.create(question).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.InternalServerError);
    expect(error).toMatchObject({ error: { type: 'error', error: { type: expect.stringMatching(/./) } } });
  });
});
