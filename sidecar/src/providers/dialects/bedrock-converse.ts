// Reads Bedrock's Converse API. As with Anthropic, cached tokens stand outside `inputTokens`.
import { emptyUsage, type TokenUsage } from '@tollgate/contract';
import { type AnswerDraft, noteTexts } from '../answer-draft.ts';
import { type Dialect, headerValue } from '../dialect.ts';
import { awsType } from '../error-type.ts';
import {
  arrayAt,
  countAt,
  isObject,
  type JsonObject,
  objectAt,
  parseJsonObject,
  stringAt,
} from '../json-value.ts';

/** converse and converse-stream; an event's name is its `:event-type` or `:exception-type`. */
export const bedrockConverse: Dialect = ({ draft, request, headers }) => {
  draft.responseModel = request.requestedModel;
  return {
    estimates: true,
    event({ name, data }) {
      const event = parseJsonObject(data) ?? {};
      if (name.endsWith('Exception') || name === 'error') draft.errorType ||= name;
      else readEvent(name, event, draft);
    },
    body(body) {
      draft.finishReason = stringAt(body, 'stopReason');
      noteTexts(draft, blockTexts(arrayAt(objectAt(objectAt(body, 'output'), 'message'), 'content')));
      readMetadata(body, draft);
    },
    headers() {
      draft.errorType ||= awsType(headerValue(headers, 'x-amzn-errortype'));
    },
  };
};

function readEvent(name: string, event: JsonObject, draft: AnswerDraft): void {
  if (name === 'contentBlockDelta') {
    const delta = objectAt(event, 'delta');
    noteTexts(draft, blockTexts(delta === undefined ? [] : [delta]));
  } else if (name === 'contentBlockStart') {
    const start = objectAt(event, 'start');
    noteTexts(draft, blockTexts(start === undefined ? [] : [start]));
  } else if (name === 'messageStop') {
    draft.finishReason = stringAt(event, 'stopReason') || draft.finishReason;
  } else if (name === 'metadata') {
    readMetadata(event, draft);
    draft.ended = true;
  }
}

function readMetadata(holder: JsonObject, draft: AnswerDraft): void {
  draft.serviceTier = stringAt(objectAt(holder, 'serviceTier'), 'type') || draft.serviceTier;
  const usage = objectAt(holder, 'usage');
  if (usage === undefined) return;
  draft.usage = readBedrockUsage(usage);
  draft.usageIsFinal = true;
}

/** Converse's `usage`, which Amazon's own models use in invoke answers as well. */
export function readBedrockUsage(usage: JsonObject): TokenUsage {
  const written = countAt(usage, 'cacheWriteInputTokens') || countAt(usage, 'cacheWriteInputTokenCount');
  const hour = arrayAt(usage, 'cacheDetails')
    .filter((detail) => stringAt(detail, 'ttl') === '1h')
    .reduce<number>((sum, detail) => sum + countAt(detail, 'inputTokens'), 0);
  return {
    ...emptyUsage(),
    input_uncached_tokens: countAt(usage, 'inputTokens'),
    input_cache_read_tokens:
      countAt(usage, 'cacheReadInputTokens') || countAt(usage, 'cacheReadInputTokenCount'),
    input_cache_write_5m_tokens: Math.max(0, written - hour),
    input_cache_write_1h_tokens: hour,
    output_text_tokens: countAt(usage, 'outputTokens'),
  };
}

/** Content blocks, their starts and deltas all name their texts alike. */
export function blockTexts(blocks: readonly unknown[]): { answer: string[]; reasoning: string[] } {
  const answer: string[] = [];
  const reasoning: string[] = [];
  for (const block of blocks) {
    answer.push(stringAt(block, 'text'));
    const thought = objectAt(block, 'reasoningContent');
    reasoning.push(stringAt(thought, 'text'), stringAt(objectAt(thought, 'reasoningText'), 'text'));
    const tool = objectAt(block, 'toolUse');
    answer.push(stringAt(tool, 'name'));
    const input = tool?.['input'];
    if (typeof input === 'string') answer.push(input);
    else if (isObject(input)) answer.push(JSON.stringify(input));
  }
  return { answer, reasoning };
}
