import { describe, expect, it } from 'vitest';
import { anthropicDialect } from './anthropic-dialect.ts';
import type { Dialect } from './dialect.ts';
import { geminiDialect } from './gemini-dialect.ts';
import { createOpenaiDialect } from './openai-dialect.ts';
import { createStreamReader } from './stream-reader.ts';
import type { StreamSummary } from './stream-reading.ts';

const openai = createOpenaiDialect({ style: 'chat', maxTokensField: 'max_tokens' });
const completions = createOpenaiDialect({ style: 'completions', maxTokensField: 'max_tokens' });

type Timed = readonly [atMs: number, value: unknown];

function read(
  dialect: Dialect,
  timed: readonly Timed[],
  countTokens?: (text: string) => number,
): StreamSummary & StreamSummary['tokens'] {
  const reader = createStreamReader({ dialect, keepText: true, countTokens, nsToRunMs: (ns) => ns / 1e6 });
  const reading = reader.begin();
  for (const [atMs, value] of timed) {
    const data = typeof value === 'string' ? value : JSON.stringify(value);
    const bytes = Buffer.from(`data: ${data}\n\n`);
    reader.take(reading, bytes, 0, bytes.length, atMs);
  }
  const summary = reader.finish(reading, timed.at(-1)?.[0] ?? 0);
  return { ...summary, ...summary.tokens };
}

const content = (text: string, extra: object = {}): object => ({
  choices: [{ index: 0, delta: { content: text }, ...extra }],
});
const usage = (tokens: number): object => ({
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: tokens },
});
const stop = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };

describe('reading an OpenAI stream', () => {
  it('counts as events only chunks that carry text', () => {
    const summary = read(openai, [
      [10, { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }],
      [20, content('a')],
      [25, content('')],
      [30, content('b')],
      [31, stop],
      [32, usage(2)],
      [33, '[DONE]'],
    ]);
    expect([...summary.eventMs]).toEqual([20, 30]);
    expect(summary).toMatchObject({
      firstChoiceMs: 10,
      outputTokens: 2,
      tokenSource: 'reported',
      eventTokenSource: 'one_each',
      finishReason: 'stop',
      problem: null,
    });
  });

  it('takes reasoning as events, but not as the first answer', () => {
    const summary = read(openai, [
      [10, { choices: [{ delta: { reasoning_content: 'hm' } }] }],
      [20, { choices: [{ delta: { reasoning: 'so' } }] }],
      [30, content('yes')],
      [31, stop],
      [31, usage(3)],
    ]);
    expect([...summary.eventMs]).toEqual([10, 20, 30]);
    expect(summary.firstAnswerMs).toBe(30);
  });

  it('takes the text of tool calls as events', () => {
    const call = (part: object): object => ({
      choices: [{ delta: { tool_calls: [{ index: 0, function: part }] } }],
    });
    const summary = read(openai, [
      [10, call({ name: 'f', arguments: '' })],
      [20, call({ arguments: '{"a"' })],
      [30, call({ arguments: ':1}' })],
      [31, { choices: [{ delta: {}, finish_reason: 'tool_calls' }] }],
    ]);
    expect([...summary.eventMs]).toEqual([10, 20, 30]);
  });

  it('shares bundled tokens out by text length when only the sum is known', () => {
    const summary = read(openai, [
      [10, content('aaaa')],
      [20, content('aaaaaaaa')],
      [30, content('aaaa')],
      [31, stop],
      [32, usage(8)],
    ]);
    expect([...summary.eventTokens]).toEqual([2, 4, 2]);
    expect(summary.eventTokenSource).toBe('apportioned');
  });

  it('believes log probabilities and token ids about the tokens of a chunk', () => {
    const summary = read(openai, [
      [10, content('abc', { logprobs: { content: [{}, {}, {}] } })],
      [20, content('d', { token_ids: [1] })],
      [21, stop],
      [22, usage(4)],
    ]);
    expect([...summary.eventTokens]).toEqual([3, 1]);
    expect(summary.eventTokenSource).toBe('reported');
  });

  it('takes the tokens of a chunk from a running usage', () => {
    const running = (text: string, tokens: number): object => ({
      ...content(text),
      usage: { completion_tokens: tokens },
    });
    const summary = read(openai, [
      [10, running('x', 3)],
      [20, running('y', 5)],
      [21, stop],
    ]);
    expect([...summary.eventTokens]).toEqual([3, 2]);
    expect(summary.outputTokens).toBe(5);
  });

  it('counts by a tokenizer, else by events, when usage is missing, and says which', () => {
    const stream: Timed[] = [
      [10, content('one two ')],
      [20, content('three')],
      [21, stop],
    ];
    expect(read(openai, stream, (text) => text.split(' ').length)).toMatchObject({
      outputTokens: 3,
      tokenSource: 'counted',
    });
    expect(read(openai, stream)).toMatchObject({ outputTokens: 2, tokenSource: 'events' });
  });

  it('takes the phases that our server tells at the end', () => {
    const summary = read(openai, [
      [10, content('a')],
      [
        20,
        {
          choices: [],
          usage: { completion_tokens: 1 },
          tollgate: { queue_ms: 1.5, prefill_ms: 3, decode_ms: 9 },
        },
      ],
      [21, '[DONE]'],
    ]);
    expect(summary.phases).toEqual({ queue: 1.5, prefill: 3, decode: 9 });
  });

  it('reads text completions', () => {
    const summary = read(completions, [
      [10, { choices: [{ text: 'a' }] }],
      [20, { choices: [{ text: 'b', finish_reason: 'length' }] }],
    ]);
    expect([...summary.eventMs]).toEqual([10, 20]);
    expect(summary.finishReason).toBe('length');
  });

  const checkProblem = (name: string, timed: readonly Timed[], kind: string): void => {
    it(name, () => {
      expect(read(openai, timed).problem?.kind).toBe(kind);
    });
  };
  checkProblem(
    'finds an error inside a 200 stream',
    [[1, { error: { message: 'overloaded' } }]],
    'stream_error',
  );
  checkProblem('finds a stream that was cut', [[1, content('a')]], 'stream_truncated');
  checkProblem('finds chunks that are no JSON', [[1, '{"choices":']], 'stream_malformed');
  checkProblem(
    'finds an answer without a token',
    [
      [1, stop],
      [2, '[DONE]'],
    ],
    'empty_answer',
  );
});

describe('reading other styles', () => {
  it('merges usage of an Anthropic stream and adds cached tokens to the input', () => {
    const summary = read(anthropicDialect, [
      [
        5,
        {
          type: 'message_start',
          message: { usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 } },
        },
      ],
      [10, { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } }],
      [20, { type: 'content_block_delta', delta: { type: 'text_delta', text: 'Hi' } }],
      [30, { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{}' } }],
      [40, { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 12 } }],
      [41, { type: 'message_stop' }],
    ]);
    expect([...summary.eventMs]).toEqual([10, 20, 30]);
    expect(summary).toMatchObject({
      firstAnswerMs: 20,
      outputTokens: 12,
      finishReason: 'end_turn',
      problem: null,
    });
    expect(summary.usage).toMatchObject({ inputTokens: 100, cachedInputTokens: 90 });
  });

  it('adds thoughts to the output of a Gemini stream', () => {
    const part = (value: object): object => ({ candidates: [{ content: { parts: [value] } }] });
    const summary = read(geminiDialect, [
      [10, part({ text: 'hm', thought: true })],
      [20, part({ text: 'Hi' })],
      [
        30,
        {
          candidates: [{ finishReason: 'STOP' }],
          usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 4 },
        },
      ],
    ]);
    expect(summary).toMatchObject({
      firstAnswerMs: 20,
      outputTokens: 7,
      finishReason: 'STOP',
      problem: null,
    });
  });

  it('puts requests where each API wants them', () => {
    expect(openai.path('/v1', 'm')).toBe('/v1/chat/completions');
    expect(openai.path('', 'm')).toBe('/v1/chat/completions');
    expect(anthropicDialect.path('/anthropic', 'm')).toBe('/anthropic/v1/messages');
    expect(geminiDialect.path('/v1beta', 'gemini-x')).toBe(
      '/v1beta/models/gemini-x:streamGenerateContent?alt=sse',
    );
  });
});
