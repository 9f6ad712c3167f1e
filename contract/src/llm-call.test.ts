import { describe, expect, it } from 'vitest';
import { LlmCall, timeToFirstTokenMs } from './llm-call.ts';
import { formatTimestamp } from './timestamp.ts';
import { totalInputTokens, totalOutputTokens } from './token-usage.ts';

const minimal = {
  call_id: '019a0000-0000-7000-8000-000000000001',
  sidecar_id: 'sc',
  boot_id: '019a0000-0000-7000-8000-000000000002',
  seq: 0,
  started_at: formatTimestamp(1_700_000_000_123_456),
  provider: 'openai',
  upstream: 'openai',
  api: 'openai.chat_completions',
  stream: false,
  status: 200,
  outcome: 'ok',
  usage_source: 'reported',
  duration_ms: 12.5,
};

describe('LlmCall', () => {
  it('fills what was not observed with neutral values', () => {
    const call = LlmCall.parse(minimal);
    expect(call.started_at).toBe('2023-11-14T22:13:20.123456Z');
    expect(call.time_to_first_byte_ms).toBeNull();
    expect(totalInputTokens(call) + totalOutputTokens(call)).toBe(0);
  });

  it('refuses negative counts and local times', () => {
    expect(LlmCall.safeParse({ ...minimal, input_uncached_tokens: -1 }).success).toBe(false);
    expect(LlmCall.safeParse({ ...minimal, started_at: '2026-01-01T00:00:00+02:00' }).success).toBe(false);
  });

  it.each([
    [null, null, null],
    [10, null, 10],
    [null, 20, 20],
    [10, 20, 10],
  ])('takes the first token of either kind (%s, %s)', (reasoning, answer, expected) => {
    expect(
      timeToFirstTokenMs({ time_to_first_reasoning_ms: reasoning, time_to_first_answer_ms: answer }),
    ).toBe(expected);
  });
});
