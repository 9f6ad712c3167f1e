// OpenAI's chat and text completions as every compatible server streams them, with the ways servers tell tokens per chunk.
import {
  asArray,
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

export interface OpenaiDialectOptions {
  readonly style: 'chat' | 'completions';
  /** `max_tokens`, or `max_completion_tokens` for the servers that insist. */
  readonly maxTokensField: string;
}

export function createOpenaiDialect({ style, maxTokensField }: OpenaiDialectOptions): Dialect {
  const tail = style === 'chat' ? 'chat/completions' : 'completions';
  return {
    name: `openai-${style}`,
    path: (basePath) => versionedPath(basePath, 'v1', tail),
    headers: (apiKey): Readonly<Record<string, string>> =>
      apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    body: (content) => JSON.stringify(requestBody(content, style, maxTokensField)),
    read: readOpenaiEvent,
  };
}

function requestBody(content: RequestContent, style: 'chat' | 'completions', maxTokensField: string): Json {
  const prompt =
    style === 'chat'
      ? { messages: content.messages }
      : { prompt: content.messages.map((message) => message.content).join('\n') };
  return {
    model: content.model,
    ...prompt,
    stream: true,
    stream_options: { include_usage: true },
    ...(content.maxOutputTokens === null ? {} : { [maxTokensField]: content.maxOutputTokens }),
    ...content.extraBody,
  };
}

function readOpenaiEvent(data: string, event: string, sink: StreamSink): void {
  if (data === '[DONE]') {
    sink.done();
    return;
  }
  const chunk = asRecord(JSON.parse(data));
  if (chunk === null) throw new SyntaxError('a chunk that is no object');
  if (chunk['error'] !== undefined && chunk['error'] !== null) {
    sink.fail(errorWords(chunk['error']));
    return;
  }
  if (event === 'error') {
    sink.fail(errorWords(chunk));
    return;
  }
  const choices = asArray(chunk['choices']);
  if (choices.length > 0) sink.choice();
  for (const choice of choices) {
    const record = asRecord(choice);
    if (record !== null) readChoice(record, sink);
  }
  const usage = asRecord(chunk['usage']) ?? asRecord(asRecord(chunk['x_groq'])?.['usage']);
  if (usage !== null) sink.usage(readUsage(usage));
  const told = asRecord(chunk['tollgate']);
  if (told !== null) sink.phases(readPhases(told));
  const timing = asRecord(chunk['timing']);
  if (timing !== null) readTruth(timing, sink);
}

function readChoice(choice: Json, sink: StreamSink): void {
  const delta = asRecord(choice['delta']);
  const tokens = toldTokens(choice);
  const reasoning = delta?.['reasoning_content'] ?? delta?.['reasoning'];
  if (typeof reasoning === 'string' && reasoning !== '') sink.event('reasoning', reasoning, tokens);
  const text = delta === null ? choice['text'] : delta['content'];
  if (typeof text === 'string' && text !== '') sink.event('answer', text, tokens);
  else if (typeof delta?.['refusal'] === 'string' && delta['refusal'] !== '')
    sink.event('answer', delta['refusal'], tokens);
  const toolText = readToolCalls(delta);
  if (toolText !== '') sink.event('tool', toolText, tokens);
  if (typeof choice['finish_reason'] === 'string') sink.finish(choice['finish_reason']);
}

function readToolCalls(delta: Json | null): string {
  if (delta === null || delta['tool_calls'] === undefined) return '';
  let text = '';
  for (const call of asArray(delta['tool_calls'])) {
    const callFunction = asRecord(asRecord(call)?.['function']);
    for (const part of [callFunction?.['name'], callFunction?.['arguments']]) {
      if (typeof part === 'string') text += part;
    }
  }
  return text;
}

/** vLLM lists `token_ids` when asked to; log probabilities come one a token. */
function toldTokens(choice: Json): number | null {
  const ids = asArray(choice['token_ids']).length;
  if (ids > 0) return ids;
  const logprobs = asRecord(choice['logprobs']);
  const content = asArray(logprobs?.['content'] ?? logprobs?.['tokens']).length;
  return content > 0 ? content : null;
}

function readUsage(usage: Json): ReturnType<typeof reportedUsage> {
  const input = asRecord(usage['prompt_tokens_details']);
  const output = asRecord(usage['completion_tokens_details']);
  return reportedUsage({
    inputTokens: asCount(usage['prompt_tokens']),
    cachedInputTokens: asCount(input?.['cached_tokens']),
    outputTokens: asCount(usage['completion_tokens']),
    reasoningTokens: asCount(output?.['reasoning_tokens']),
  });
}

/** Our reference server tells `queue_ms`, `prefill_ms` and `decode_ms` in its last chunk. */
function readPhases(told: Json): Record<string, number> {
  const entries = ['queue', 'prefill', 'decode'].flatMap((name) => {
    const ms = asCount(told[`${name}_ms`]);
    return ms === undefined ? [] : [[name, ms] as const];
  });
  return Object.fromEntries(entries);
}

function readTruth(timing: Json, sink: StreamSink): void {
  const [receivedNs, firstDueNs, firstWrittenNs, lastDueNs, lastWrittenNs] = [
    asCount(timing['received_ns']),
    asCount(timing['first_due_ns']),
    asCount(timing['first_written_ns']),
    asCount(timing['last_due_ns']),
    asCount(timing['last_written_ns']),
  ];
  if (receivedNs === undefined || firstDueNs === undefined || firstWrittenNs === undefined) return;
  if (lastDueNs === undefined || lastWrittenNs === undefined) return;
  sink.truth({ receivedNs, firstDueNs, firstWrittenNs, lastDueNs, lastWrittenNs });
}
