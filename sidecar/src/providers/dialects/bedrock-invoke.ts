// Reads Bedrock's invoke API: each vendor's own body, and what AWS itself counted in headers and invocation metrics.
// Where the two disagree, AWS's counts win, for they are what it bills; the vendor's split of cached tokens is kept.
import { emptyUsage, type TokenUsage, totalInputTokens } from '@tollgate/contract';
import { type AnswerDraft, noteTexts } from '../answer-draft.ts';
import {
  type Dialect,
  type DialectReader,
  type HeaderMap,
  headerValue,
  type ReaderContext,
} from '../dialect.ts';
import { awsType } from '../error-type.ts';
import { arrayAt, type JsonObject, numberAt, objectAt, parseJsonObject, stringAt } from '../json-value.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { blockTexts, readBedrockUsage } from './bedrock-converse.ts';
import { openAiChat } from './openai-chat.ts';

/** invoke and invoke-with-response-stream. */
export const bedrockInvoke: Dialect = (context) => {
  const { draft, request, headers } = context;
  const anthropic = anthropicMessages(context);
  const openAi = openAiChat(context);
  draft.responseModel = request.requestedModel;
  const read = (body: JsonObject, data: Buffer | null) => {
    const metrics = objectAt(body, 'amazon-bedrock-invocationMetrics');
    readVendor({ body, data, context, anthropic, openAi });
    if (metrics !== undefined) useMetrics(metrics, draft);
  };
  return {
    estimates: true,
    event({ name, data }) {
      if (name.endsWith('Exception') || name === 'error') draft.errorType ||= name;
      const encoded = stringAt(parseJsonObject(data), 'bytes');
      const inner = Buffer.from(encoded, 'base64');
      const body = encoded === '' ? undefined : parseJsonObject(inner);
      if (body !== undefined) read(body, inner);
    },
    body: (body) => read(body, null),
    headers() {
      draft.errorType ||= awsType(headerValue(headers, 'x-amzn-errortype'));
      useHeaders(headers, draft);
    },
  };
};

interface VendorAnswer {
  readonly body: JsonObject;
  /** The event's bytes; null for a whole answer. */
  readonly data: Buffer | null;
  readonly context: ReaderContext;
  readonly anthropic: DialectReader;
  readonly openAi: DialectReader;
}

/** Tells the vendor by the answer's own shape, for a model's id may be the name of a profile. */
function readVendor({ body, data, context, anthropic, openAi }: VendorAnswer): void {
  const type = stringAt(body, 'type');
  const model = context.draft.responseModel;
  if (
    type.startsWith('message') ||
    type.startsWith('content_block') ||
    type === 'error' ||
    type === 'completion'
  ) {
    if (data === null) anthropic.body(body);
    else anthropic.event({ name: '', data });
  } else if (Array.isArray(body['choices'])) {
    if (data === null) openAi.body(body);
    else openAi.event({ name: '', data });
  } else readPlainVendor(body, context.draft);
  context.draft.responseModel ||= model;
}

/** Amazon Nova and Titan, Meta Llama, Mistral and Cohere text models. */
function readPlainVendor(body: JsonObject, draft: AnswerDraft): void {
  readNova(body, draft);
  const [result] = arrayAt(body, 'results');
  const [output] = arrayAt(body, 'outputs');
  const [generation] = arrayAt(body, 'generations');
  noteTexts(draft, {
    answer: [
      stringAt(body, 'generation'),
      stringAt(body, 'outputText'),
      stringAt(body, 'text'),
      stringAt(result, 'outputText'),
      stringAt(output, 'text'),
      stringAt(generation, 'text'),
    ],
  });
  draft.finishReason =
    stringAt(body, 'stop_reason') ||
    stringAt(body, 'completionReason') ||
    stringAt(body, 'finish_reason') ||
    stringAt(result, 'completionReason') ||
    stringAt(output, 'stop_reason') ||
    stringAt(generation, 'finish_reason') ||
    draft.finishReason;
  const input = numberAt(body, 'prompt_token_count') ?? numberAt(body, 'inputTextTokenCount');
  const produced =
    numberAt(body, 'generation_token_count') ??
    numberAt(body, 'totalOutputTextTokenCount') ??
    numberAt(result, 'tokenCount');
  if (input === undefined && produced === undefined) return;
  draft.usage = {
    ...emptyUsage(),
    ...draft.usage,
    ...(input === undefined ? {} : { input_uncached_tokens: input }),
    ...(produced === undefined ? {} : { output_text_tokens: produced }),
  };
  draft.usageIsFinal = draft.finishReason !== '' || !draft.streaming;
}

function readNova(body: JsonObject, draft: AnswerDraft): void {
  noteTexts(draft, blockTexts(arrayAt(objectAt(objectAt(body, 'output'), 'message'), 'content')));
  const delta = objectAt(objectAt(body, 'contentBlockDelta'), 'delta');
  if (delta !== undefined) noteTexts(draft, blockTexts([delta]));
  draft.finishReason =
    stringAt(body, 'stopReason') ||
    stringAt(objectAt(body, 'messageStop'), 'stopReason') ||
    draft.finishReason;
  const usage = objectAt(body, 'usage') ?? objectAt(objectAt(body, 'metadata'), 'usage');
  if (usage === undefined || numberAt(usage, 'inputTokens') === undefined) return;
  draft.usage = readBedrockUsage(usage);
  draft.usageIsFinal = true;
}

interface AwsCounts {
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
}

function useMetrics(metrics: JsonObject, draft: AnswerDraft): void {
  draft.ended = true;
  useCounts(draft, {
    input: numberAt(metrics, 'inputTokenCount'),
    output: numberAt(metrics, 'outputTokenCount'),
    cacheRead: numberAt(metrics, 'cacheReadInputTokenCount'),
    cacheWrite: numberAt(metrics, 'cacheWriteInputTokenCount'),
  });
}

function useHeaders(headers: HeaderMap, draft: AnswerDraft): void {
  const count = (name: string) => {
    const value = headerValue(headers, `x-amzn-bedrock-${name}-token-count`);
    return /^\d+$/.test(value) ? Number(value) : undefined;
  };
  draft.serviceTier ||= headerValue(headers, 'x-amzn-bedrock-service-tier');
  useCounts(draft, {
    input: count('input'),
    output: count('output'),
    cacheRead: count('cache-read-input'),
    cacheWrite: count('cache-write-input'),
  });
}

function useCounts(draft: AnswerDraft, { input, output, cacheRead, cacheWrite }: AwsCounts): void {
  if (input === undefined && output === undefined) return;
  const held: TokenUsage = draft.usage ?? emptyUsage();
  const hour = held.input_cache_write_1h_tokens;
  draft.usage = {
    ...held,
    ...(input === undefined ? {} : { input_uncached_tokens: input }),
    ...(cacheRead === undefined ? {} : { input_cache_read_tokens: cacheRead }),
    ...(cacheWrite === undefined ? {} : { input_cache_write_5m_tokens: Math.max(0, cacheWrite - hour) }),
    ...(output === undefined
      ? {}
      : { output_text_tokens: Math.max(0, output - held.output_reasoning_tokens) }),
  };
  draft.usageIsFinal = totalInputTokens(draft.usage) > 0 || output !== undefined;
}
