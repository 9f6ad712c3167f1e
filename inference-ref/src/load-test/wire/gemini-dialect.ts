// Google's streamGenerateContent as SSE: thoughts are reasoning and are counted outside candidatesTokenCount.
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

export const geminiDialect: Dialect = {
  name: 'gemini-stream',
  path: (basePath, model) =>
    `${versionedPath(basePath, 'v1beta', `models/${encodeURIComponent(model)}`)}:streamGenerateContent?alt=sse`,
  headers: (apiKey): Readonly<Record<string, string>> =>
    apiKey === undefined ? {} : { 'x-goog-api-key': apiKey },
  body: (content) => JSON.stringify(requestBody(content)),
  read: (data, _event, sink) => {
    const chunk = asRecord(JSON.parse(data));
    if (chunk === null) throw new SyntaxError('a chunk that is no object');
    readChunk(chunk, sink);
  },
};

function requestBody({ messages, maxOutputTokens, extraBody }: RequestContent): Json {
  const system = messages.filter((message) => message.role === 'system');
  return {
    contents: messages
      .filter((message) => message.role !== 'system')
      .map(({ role, content }) => ({
        role: role === 'assistant' ? 'model' : 'user',
        parts: [{ text: content }],
      })),
    ...(system.length === 0
      ? {}
      : { systemInstruction: { parts: system.map(({ content }) => ({ text: content })) } }),
    ...(maxOutputTokens === null ? {} : { generationConfig: { maxOutputTokens } }),
    ...extraBody,
  };
}

function readChunk(chunk: Json, sink: StreamSink): void {
  if (chunk['error'] !== undefined) {
    sink.fail(errorWords(chunk['error']));
    return;
  }
  const candidates = asArray(chunk['candidates']);
  if (candidates.length > 0) sink.choice();
  for (const candidate of candidates) {
    const record = asRecord(candidate);
    for (const part of asArray(asRecord(record?.['content'])?.['parts'])) readPart(asRecord(part), sink);
    if (typeof record?.['finishReason'] === 'string') {
      sink.finish(record['finishReason']);
      sink.done();
    }
  }
  const usage = asRecord(chunk['usageMetadata']);
  if (usage !== null) sink.usage(readUsage(usage));
}

function readPart(part: Json | null, sink: StreamSink): void {
  if (part === null) return;
  if (typeof part['text'] === 'string' && part['text'] !== '') {
    sink.event(part['thought'] === true ? 'reasoning' : 'answer', part['text'], null);
  }
  if (part['functionCall'] !== undefined) sink.event('tool', JSON.stringify(part['functionCall']), null);
}

function readUsage(usage: Json): ReturnType<typeof reportedUsage> {
  const answer = asCount(usage['candidatesTokenCount']);
  const thoughts = asCount(usage['thoughtsTokenCount']);
  return reportedUsage({
    inputTokens: asCount(usage['promptTokenCount']),
    cachedInputTokens: asCount(usage['cachedContentTokenCount']),
    outputTokens:
      answer === undefined && thoughts === undefined ? undefined : (answer ?? 0) + (thoughts ?? 0),
    reasoningTokens: thoughts,
  });
}
