// The AWS SDK through the real sidecar, against scripted answers, unchanged but for the endpoint. It speaks HTTP/2 without TLS
// to a plain endpoint, or HTTP/1.1 where it is given that handler.
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureStack, startFixtureStack, textOf } from './fixture-stack.ts';

const question = [{ role: 'user' as const, content: 'Explain' }];

let fixtures: FixtureStack;

beforeAll(async () => {
  fixtures = await startFixtureStack(['bedrock']);
});
afterAll(() => fixtures?.stop());

const HANDLERS = [
  ['HTTP/2, as is its default', () => ({})],
  ['HTTP/1.1', () => ({ requestHandler: new NodeHttpHandler() })],
] as const;

describe.each(HANDLERS)('@aws-sdk/client-bedrock-runtime over %s', (_http, handler) => {
  const client = () =>
    new BedrockRuntimeClient({
      region: 'us-east-1',
      endpoint: fixtures.baseUrl('bedrock'),
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
      ...handler(),
    });
  const messages = [{ role: 'user' as const, content: [{ text: 'Explain' }] }];

  it('converses, its signature untouched', async () => {
    fixtures.script('bedrock: converse with a cache and a tool');
    const answer = await client().send(
      new ConverseCommand({ modelId: 'anthropic.claude-sonnet-4-5-20250929-v1:0', messages }),
    );
    expect(answer.output?.message?.content?.[1]).toMatchObject({ text: 'Here' });
    expect(fixtures.lastRequest()?.headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=test/);
    expect(await fixtures.theCall()).toMatchObject({
      provider: 'bedrock',
      input_tokens: 830,
      cached_input_tokens: 500,
      cache_write_tokens: 300,
      output_tokens: 628,
      finish_reason: 'tool_use',
    });
  });

  it('converses in a stream', async () => {
    fixtures.script('bedrock: converse-stream');
    const { stream } = await client().send(
      new ConverseStreamCommand({ modelId: 'us.amazon.nova-pro-v1:0', messages }),
    );
    expect(await textOf(stream, (event) => event.contentBlockDelta?.delta?.text)).toBe('Grüße');
    expect(await fixtures.theCall()).toMatchObject({ stream: true, input_tokens: 20, output_tokens: 14 });
  });

  it('invokes', async () => {
    fixtures.script('bedrock: invoke of an Anthropic model');
    const answer = await client().send(
      new InvokeModelCommand({
        modelId: 'anthropic.claude-3-5-sonnet-20241022-v2:0',
        contentType: 'application/json',
        body: JSON.stringify({
          anthropic_version: 'bedrock-2023-05-31',
          max_tokens: 512,
          messages: question,
        }),
      }),
    );
    expect(JSON.parse(answer.body.transformToString())).toMatchObject({ stop_reason: 'end_turn' });
    expect(await fixtures.theCall()).toMatchObject({
      input_tokens: 17,
      cached_input_tokens: 7,
      output_tokens: 21,
    });
  });

  it('invokes in a stream', async () => {
    fixtures.script('bedrock: invoke-with-response-stream of an Anthropic model');
    const { body } = await client().send(
      new InvokeModelWithResponseStreamCommand({
        modelId: 'anthropic.claude-3-haiku-20240307-v1:0',
        contentType: 'application/json',
        body: JSON.stringify({
          anthropic_version: 'bedrock-2023-05-31',
          max_tokens: 512,
          messages: question,
        }),
      }),
    );
    const text = await textOf(body, (event) => {
      const decoded: unknown = JSON.parse(
        Buffer.from(event.chunk?.bytes ?? Buffer.from('{}')).toString('utf8'),
      );
      return (decoded as { delta?: { text?: string } }).delta?.text;
    });
    expect(text).toBe('Héllo');
    expect(await fixtures.theCall()).toMatchObject({ stream: true, input_tokens: 17, output_tokens: 13 });
  });
});
