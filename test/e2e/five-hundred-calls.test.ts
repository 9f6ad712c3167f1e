// 500 calls from 50 at once: two seconds after the last answer the ledger holds each of them, to the last token and pico-dollar.
import type { CallSummary, CallsAnswer, SpendAnswer } from '@tollgate/contract';
import { formatUsd, parseUsd } from '@tollgate/contract';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMeteredUpstream, type MeteredUpstream, type ReportedCall } from '../fakes/metered-upstream.ts';
import { aroundNow, eventually, type RunningStack, startStack } from './running-stack.ts';

const CALLS = 500;
const AT_ONCE = 50;
/** USD for a million tokens, as the configuration below sets them. */
const PRICES = {
  'model-a': { input: '1.25', cached: '0.125', output: '10' },
  'model-b': { input: '0.3', cached: '0.03', output: '2.5' },
};
type Model = keyof typeof PRICES;

let upstream: MeteredUpstream;
let stack: RunningStack;

beforeAll(async () => {
  upstream = await createMeteredUpstream();
  const prices = Object.entries(PRICES).flatMap(([model, { input, cached, output }]) => [
    { provider: 'openai', model, meter: 'input', unitPriceUsd: input },
    { provider: 'openai', model, meter: 'cache_read', unitPriceUsd: cached },
    { provider: 'openai', model, meter: 'output', unitPriceUsd: output },
  ]);
  stack = await startStack({
    args: ['--no-inference'],
    config: {
      upstreams: [{ name: 'main', provider: 'openai', baseUrl: upstream.url, default: true }],
      collector: { prices },
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  await upstream?.close();
});

async function sendAll(): Promise<void> {
  const client = new OpenAI({ baseURL: `${stack.sidecar}/v1`, apiKey: 'sk-test', maxRetries: 0 });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < CALLS; index = next++) {
      const model: Model = index % 2 === 0 ? 'model-a' : 'model-b';
      const headers = { 'x-tollgate-team': `team-${index % 4}` };
      const messages = [{ role: 'user' as const, content: `case ${index}` }];
      if (index % 3 === 0) {
        const stream = await client.chat.completions.create({ model, messages, stream: true }, { headers });
        for await (const _ of stream);
      } else {
        await client.chat.completions.create({ model, messages }, { headers });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function costOf(call: ReportedCall): bigint {
  const price = PRICES[call.model as Model];
  const line = (tokens: number, usdPerMillion: string): bigint =>
    (BigInt(tokens) * parseUsd(usdPerMillion)) / 1_000_000n;
  return (
    line(call.promptTokens - call.cachedTokens, price.input) +
    line(call.cachedTokens, price.cached) +
    line(call.completionTokens, price.output)
  );
}

const sum = (pick: (call: ReportedCall) => number): number =>
  upstream.calls.reduce((total, call) => total + pick(call), 0);

describe('500 calls from 50 at once', () => {
  it('are soon all in spend and calls, exact to the last digit', async () => {
    await sendAll();
    const spend = await eventually(
      () => stack.query<SpendAnswer>('spend', { ...aroundNow(), group_by: 'model' }),
      ({ rows, completeness }) =>
        completeness.stored === CALLS && rows.reduce((calls, row) => calls + row.calls, 0) === CALLS,
    );
    expect(upstream.calls).toHaveLength(CALLS);
    expect(spend.completeness).toEqual({ seen: CALLS, stored: CALLS, spooled: 0, dropped: 0 });
    const total = (
      key: 'input_tokens' | 'cached_input_tokens' | 'output_tokens' | 'reasoning_tokens',
    ): number => spend.rows.reduce((tokens, row) => tokens + row[key], 0);
    expect(total('input_tokens')).toBe(sum((call) => call.promptTokens));
    expect(total('cached_input_tokens')).toBe(sum((call) => call.cachedTokens));
    expect(total('output_tokens')).toBe(sum((call) => call.completionTokens));
    expect(total('reasoning_tokens')).toBe(sum((call) => call.reasoningTokens));
    for (const row of spend.rows) {
      const expected = upstream.calls
        .filter((call) => call.model === row['model'])
        .reduce((cost, call) => cost + costOf(call), 0n);
      expect(row.cost_usd).toBe(formatUsd(expected));
      expect(row.unpriced_calls).toBe(0);
    }
  });

  it('are listed one by one, newest first, each with its own exact cost', async () => {
    const calls: CallSummary[] = [];
    let cursor: string | null = null;
    const range = aroundNow();
    do {
      const page: CallsAnswer = await stack.query('calls', {
        ...range,
        limit: '200',
        ...(cursor === null ? {} : { cursor }),
      });
      calls.push(...page.calls);
      cursor = page.next;
    } while (cursor !== null);
    expect(new Set(calls.map((call) => call.call_id)).size).toBe(CALLS);
    expect(calls.map((call) => call.started_at)).toEqual(
      calls
        .map((call) => call.started_at)
        .sort()
        .reverse(),
    );
    const total = calls.reduce((cost, call) => cost + parseUsd(call.cost_usd ?? 'missing'), 0n);
    expect(formatUsd(total)).toBe(formatUsd(upstream.calls.reduce((cost, call) => cost + costOf(call), 0n)));
    expect(new Set(calls.map((call) => call.cost_status))).toEqual(new Set(['exact']));
    expect(calls.every((call) => call.stream === (call.ttft_ms !== null))).toBe(true);
  });
});
