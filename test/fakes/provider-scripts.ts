// Answers as OpenAI and Anthropic document them, byte by byte, for tests that compare what a client saw with what was sent.
import type { UpstreamScript } from './scripted-upstream.ts';

const JSON_HEADERS = ['content-type', 'application/json', 'x-request-id', 'req_42'];
const SSE_HEADERS = ['content-type', 'text/event-stream; charset=utf-8'];

export const jsonAnswer = (body: unknown, status = 200, headers: readonly string[] = []): UpstreamScript => ({
  status,
  headers: [...JSON_HEADERS, ...headers],
  steps: [{ chunk: JSON.stringify(body) }],
});

/** Each event leaves as a chunk of its own. */
export const sseAnswer = (events: readonly string[]): UpstreamScript => ({
  headers: SSE_HEADERS,
  steps: events.map((chunk) => ({ chunk })),
});

/** The body a script sends, in one piece. */
export const scriptBytes = (script: UpstreamScript): string =>
  (script.steps ?? []).map((step) => ('chunk' in step ? String(step.chunk) : '')).join('');

const openaiEvent = (event: unknown): string => `data: ${JSON.stringify(event)}\n\n`;
const anthropicEvent = (event: { type: string } & Record<string, unknown>): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const chunkBase = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'gpt-4o-2024-08-06',
};
export const openaiDelta = (delta: unknown, finish: string | null = null): string =>
  openaiEvent({ ...chunkBase, choices: [{ index: 0, delta, finish_reason: finish }] });

const OPENAI_USAGE = {
  prompt_tokens: 31,
  completion_tokens: 17,
  total_tokens: 48,
  prompt_tokens_details: { cached_tokens: 8, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 5, audio_tokens: 0 },
};
export const openaiUsageEvent = openaiEvent({ ...chunkBase, choices: [], usage: OPENAI_USAGE });
export const OPENAI_DONE = 'data: [DONE]\n\n';

export const OPENAI_COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Grüße, 世界 🌍' }, finish_reason: 'stop' }],
  usage: OPENAI_USAGE,
};

export const OPENAI_TOOL_DELTAS = [
  openaiDelta({
    role: 'assistant',
    content: null,
    tool_calls: [
      { index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } },
    ],
  }),
  openaiDelta({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
  openaiDelta({ tool_calls: [{ index: 0, function: { arguments: '"Paris"}' } }] }),
  openaiDelta({}, 'tool_calls'),
];

const ANTHROPIC_USAGE = {
  input_tokens: 20,
  cache_creation_input_tokens: 12,
  cache_read_input_tokens: 100,
  cache_creation: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 5 },
  output_tokens: 9,
};
export const ANTHROPIC_MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-20250514',
  content: [{ type: 'text', text: 'Hello there' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: ANTHROPIC_USAGE,
};
export const ANTHROPIC_EVENTS = [
  anthropicEvent({
    type: 'message_start',
    message: {
      ...ANTHROPIC_MESSAGE,
      content: [],
      stop_reason: null,
      usage: { ...ANTHROPIC_USAGE, output_tokens: 1 },
    },
  }),
  anthropicEvent({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  anthropicEvent({ type: 'ping' }),
  anthropicEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
  anthropicEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' there' } }),
  anthropicEvent({ type: 'content_block_stop', index: 0 }),
  anthropicEvent({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 9 },
  }),
  anthropicEvent({ type: 'message_stop' }),
];
