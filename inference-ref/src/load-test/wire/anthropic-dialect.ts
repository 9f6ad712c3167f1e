// Anthropic's messages API: usage is merged over message_start and message_delta, thinking is reasoning, input_json is tool text.
import {
  asCount,
  asRecord,
  type Dialect,
  errorWords,
  type RequestContent,
  reportedUsage,
  type StreamSink,
  versionedPath,
} from './dialect.ts';

type Json = Readonly<Record<string, unknown>>;
/** The API demands a bound; this one is used when the workload names none. */
const DEFAULT_MAX_TOKENS = 1024;

export const anthropicDialect: Dialect = {
  name: 'anthropic-messages',
  path: (basePath) => versionedPath(basePath, 'v1', 'messages'),
  headers: (apiKey) => ({
    'anthropic-version': '2023-06-01',
    ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
  }),
  body: (content) => JSON.stringify(requestBody(content)),
  read: (data, event, sink) => {
    const chunk = asRecord(JSON.parse(data));
    if (chunk === null) throw new SyntaxError('a chunk that is no object');
    readChunk(chunk, event, sink);
  },
};

function requestBody({ model, messages, maxOutputTokens, extraBody }: RequestContent): Json {
  const system = messages.filter((message) => message.role === 'system').map((message) => message.content);
  return {
    model,
    max_tokens: maxOutputTokens ?? DEFAULT_MAX_TOKENS,
    ...(system.length === 0 ? {} : { system: system.join('\n') }),
    messages: messages.filter((message) => message.role !== 'system'),
    stream: true,
    ...extraBody,
  };
}

function readChunk(chunk: Json, event: string, sink: StreamSink): void {
  const type = typeof chunk['type'] === 'string' ? chunk['type'] : event;
  if (type === 'content_block_delta') {
    readDelta(asRecord(chunk['delta']), sink);
    return;
  }
  if (type === 'error') {
    sink.fail(errorWords(chunk['error']));
    return;
  }
  if (type === 'message_stop') {
    sink.done();
    return;
  }
  const message = asRecord(chunk['message']);
  const usage = asRecord(chunk['usage']) ?? asRecord(message?.['usage']);
  if (usage !== null) sink.usage(readUsage(usage));
  if (type === 'message_start' || type === 'content_block_start') sink.choice();
  const delta = type === 'message_delta' ? asRecord(chunk['delta']) : null;
  if (typeof delta?.['stop_reason'] === 'string') sink.finish(delta['stop_reason']);
}

function readDelta(delta: Json | null, sink: StreamSink): void {
  sink.choice();
  if (delta === null) return;
  const { text, thinking, partial_json: toolText } = delta;
  if (typeof text === 'string' && text !== '') sink.event('answer', text, null);
  if (typeof thinking === 'string' && thinking !== '') sink.event('reasoning', thinking, null);
  if (typeof toolText === 'string' && toolText !== '') sink.event('tool', toolText, null);
}

/** Cached tokens stand outside `input_tokens` here: the total adds them. */
function readUsage(usage: Json): ReturnType<typeof reportedUsage> {
  const uncached = asCount(usage['input_tokens']);
  const cacheRead = asCount(usage['cache_read_input_tokens']);
  const cacheWrite = asCount(usage['cache_creation_input_tokens']) ?? 0;
  return reportedUsage({
    inputTokens: uncached === undefined ? undefined : uncached + (cacheRead ?? 0) + cacheWrite,
    cachedInputTokens: cacheRead,
    outputTokens: asCount(usage['output_tokens']),
    reasoningTokens: undefined,
  });
}
