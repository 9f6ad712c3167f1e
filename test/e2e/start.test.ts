// `npm start` as a newcomer meets it: ready, a first call with the OpenAI client, a clean end.
import type { CallsAnswer } from '@tollgate/contract';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aroundNow, eventually, type RunningStack, startStack } from './running-stack.ts';

describe('a fresh stack', () => {
  let stack: RunningStack;
  beforeAll(async () => {
    stack = await startStack({ throughNpm: true });
  });
  afterAll(() => {
    if (stack?.process.exitCode === null) stack.process.kill('SIGKILL');
  });

  it('answers the OpenAI client from the bundled model and shows the call with its price and time', async () => {
    const client = new OpenAI({ baseURL: `${stack.sidecar}/v1`, apiKey: 'none', maxRetries: 0 });
    const model = (await client.models.list()).data[0]?.id ?? '';
    const answer = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Tell me about the sea.' }],
      max_tokens: 16,
    });
    expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
    const { calls } = await eventually(
      () => stack.query<CallsAnswer>('calls', { ...aroundNow(), model }),
      ({ calls: found }) => found.length === 1,
    );
    expect(calls[0]).toMatchObject({
      outcome: 'ok',
      usage_source: 'reported',
      cost_status: 'exact',
      input_tokens: answer.usage?.prompt_tokens,
      output_tokens: answer.usage?.completion_tokens,
    });
    expect(calls[0]?.cost_usd).toMatch(/^0\.0*[1-9]/);
    expect(calls[0]?.latency_ms).toBeGreaterThan(0);
  });

  it('prints no token that the operator gave', () => {
    expect(stack.output()).not.toContain(stack.token);
  });

  it('ends with 0 on SIGTERM, so that no service had to be killed', async () => {
    expect((await stack.stop()).code).toBe(0);
  });
});
