import { afterAll, describe, expect, it } from 'vitest';
import { priced, pricesForTest } from './price-test-kit.ts';

const { book, close } = await pricesForTest([]);
afterAll(close);

function check(fields: Record<string, unknown>, cost: string | null, status: string) {
  expect(priced(book, fields)).toEqual([cost, status, true]);
}

const sonnet = {
  provider: 'anthropic',
  requested_model: 'claude-sonnet-4-20250514',
  api: 'anthropic.messages',
};
const gemini = { provider: 'google', requested_model: 'gemini-2.5-pro', api: 'google.generate_content' };

describe('priceCall', () => {
  // Expected sums were worked out by hand from the providers' list prices per million tokens.
  it.each<[string, Record<string, unknown>, string | null, string]>([
    [
      'each bucket at its own price',
      { input_uncached_tokens: 1000, input_cache_read_tokens: 200, output_text_tokens: 50 },
      '0.000195',
      'exact',
    ],
    ['one token to the last digit', { input_uncached_tokens: 1 }, '0.00000015', 'exact'],
    [
      'reasoning as output',
      { requested_model: 'o3', output_text_tokens: 10, output_reasoning_tokens: 990 },
      '0.008',
      'exact',
    ],
    [
      'cache writes of both lifetimes',
      { ...sonnet, input_cache_write_5m_tokens: 1_000_000, input_cache_write_1h_tokens: 1_000_000 },
      '9.75',
      'exact',
    ],
    [
      'a cached read as Anthropic discounts it',
      { ...sonnet, input_cache_read_tokens: 1_000_000 },
      '0.3',
      'exact',
    ],
    ['a prompt at the context step', { ...gemini, input_uncached_tokens: 200_000 }, '0.25', 'exact'],
    [
      'a prompt past the context step, all of it at the higher price',
      { ...gemini, input_uncached_tokens: 200_001, output_text_tokens: 100 },
      '0.5015025',
      'exact',
    ],
    [
      'cached tokens count towards the context step',
      { ...gemini, input_uncached_tokens: 100_001, input_cache_read_tokens: 100_000 },
      '0.2750025',
      'exact',
    ],
    [
      'the price at the time of the call',
      { requested_model: 'o3', started_at: '2025-06-01T00:00:00Z', input_uncached_tokens: 1_000_000 },
      '10',
      'exact',
    ],
    [
      'the off-peak price',
      {
        provider: 'deepseek',
        requested_model: 'deepseek-chat',
        started_at: '2026-05-01T20:00:00Z',
        input_uncached_tokens: 1_000_000,
      },
      '0.135',
      'exact',
    ],
    [
      'a cached read at the input price where the provider has no discount',
      { provider: 'groq', requested_model: 'llama-3.3-70b-versatile', input_cache_read_tokens: 1_000_000 },
      '0.59',
      'exact',
    ],
    [
      'tool uses and request fees by the piece',
      { provider: 'perplexity', requested_model: 'sonar-pro', input_uncached_tokens: 1_000_000 },
      '3.014',
      'exact',
    ],
    ['web searches', { input_uncached_tokens: 0, billed_tools: { web_search: 3 } }, '0.03', 'exact'],
    [
      'audio without a price',
      { input_uncached_tokens: 1_000_000, output_audio_tokens: 5 },
      '0.15',
      'partial',
    ],
    [
      'a tool without a price',
      { input_uncached_tokens: 1_000_000, billed_tools: { sandbox: 1 } },
      '0.15',
      'partial',
    ],
    ['an estimate', { input_uncached_tokens: 1_000_000, usage_source: 'estimated' }, '0.15', 'estimated'],
    [
      'a cut stream',
      { output_text_tokens: 1_000_000, usage_source: 'partial', outcome: 'client_aborted' },
      '0.6',
      'partial',
    ],
    [
      'a tier that has no price of its own',
      { input_uncached_tokens: 1_000_000, service_tier: 'priority' },
      '0.15',
      'partial',
    ],
    ['an unknown model', { requested_model: 'nobody-knows', input_uncached_tokens: 5 }, null, 'unpriced'],
    [
      'a self-hosted model',
      { provider: 'vllm', requested_model: 'llama', input_uncached_tokens: 5 },
      null,
      'unpriced',
    ],
    [
      'a self-hosted model that shares a name',
      { provider: 'openai-compatible', input_uncached_tokens: 5 },
      null,
      'unpriced',
    ],
    [
      'nothing but an unpriced bucket',
      { requested_model: 'text-embedding-3-small', output_audio_tokens: 5 },
      null,
      'unpriced',
    ],
    ['a list that was only read', { method: 'GET', usage_source: 'none' }, '0', 'exact'],
    ['an answer without usage', { usage_source: 'none' }, null, 'unpriced'],
    [
      'an abort without usage',
      { usage_source: 'none', outcome: 'client_aborted', status: 0 },
      null,
      'unpriced',
    ],
    ['a timeout without usage', { usage_source: 'none', outcome: 'timeout', status: 504 }, null, 'unpriced'],
    [
      'an upstream error without usage',
      { usage_source: 'none', outcome: 'upstream_error', status: 500 },
      '0',
      'exact',
    ],
    [
      'an error inside a stream without usage',
      { usage_source: 'none', outcome: 'upstream_error' },
      null,
      'unpriced',
    ],
    [
      'an error with usage',
      { outcome: 'upstream_error', status: 500, input_uncached_tokens: 1_000_000 },
      '0.15',
      'exact',
    ],
    ['token counting', { ...sonnet, api: 'anthropic.count_tokens', usage_source: 'none' }, '0', 'exact'],
  ])('prices %s', (_, fields, cost, status) => {
    check(fields, cost, status);
  });

  it.each([
    'blocked',
    'rate_limited',
    'budget_denied',
    'unauthorized',
    'invalid_request',
    'upstream_unreachable',
    'cache_hit',
  ])('charges nothing for a call that ended as %s', (outcome) => {
    check(
      { outcome, requested_model: 'nobody-knows', usage_source: 'none', input_uncached_tokens: 9 },
      '0',
      'exact',
    );
  });

  it('takes the answered model, else the requested one', () => {
    check(
      {
        requested_model: 'my-deployment',
        response_model: 'gpt-4o-mini-2024-07-18',
        input_uncached_tokens: 1_000_000,
      },
      '0.15',
      'exact',
    );
    check(
      { requested_model: 'gpt-4o-mini', response_model: 'unheard-of', input_uncached_tokens: 1_000_000 },
      '0.15',
      'exact',
    );
  });
});
