// Reads Anthropic's Messages API. Usage comes in several events; the latest value of each field wins.
import { emptyUsage, type TokenUsage } from '@tollgate/contract';
import { type AnswerDraft, noteTexts, setBilledTool } from '../answer-draft.ts';
import type { Dialect } from '../dialect.ts';
import { codeOf } from '../error-type.ts';
import {
  arrayAt,
  countAt,
  isObject,
  type JsonObject,
  numberAt,
  objectAt,
  parseJsonObject,
  stringAt,
} from '../json-value.ts';
import { createDeltaTemplate, type DeltaPattern, scanDelta, takeLikeTemplate } from './delta-scan.ts';

const DELTA: DeltaPattern = {
  expression: /"(text|thinking|partial_json)"\s*:\s*"(?!")/g,
  kindOf: (member) => (member === 'thinking' ? 'reasoning' : 'answer'),
};
const TYPE = /"type"\s*:\s*"([^"]+)"/;

type Usage = Record<string, unknown>;

/** Messages, streamed and not. */
export const anthropicMessages: Dialect = ({ draft }) => {
  const merged: Usage = {};
  const template = createDeltaTemplate();
  const useUsage = (usage: JsonObject | undefined, final: boolean) => {
    if (usage === undefined) return;
    mergeUsage(merged, usage);
    draft.usage = readAnthropicUsage(merged);
    draft.usageIsFinal = final;
    noteUsageExtras(merged, draft);
  };
  return {
    estimates: true,
    template,
    event({ name, data }) {
      const latin1 = data.toString('latin1');
      if (takeLikeTemplate(template, { data, latin1, draft })) return;
      const type = name !== '' && name !== 'error' ? name : (TYPE.exec(latin1)?.[1] ?? name);
      if (type === 'content_block_delta') {
        if (!latin1.includes('citations_delta')) scanDelta(DELTA, { data, latin1, draft }, template);
        return;
      }
      if (type === 'message_stop') draft.ended = true;
      if (type === 'ping' || type === 'content_block_stop' || type === 'message_stop') return;
      const event = parseJsonObject(data);
      if (type === 'error') draft.errorType ||= codeOf(objectAt(event, 'error') ?? {}) || 'error';
      if (event !== undefined) readEvent(type, event, { draft, useUsage });
    },
    body(body) {
      readMessage(body, draft);
      noteTexts(draft, contentTexts(arrayAt(body, 'content')));
      useUsage(objectAt(body, 'usage'), true);
    },
  };
};

interface EventSink {
  readonly draft: AnswerDraft;
  readonly useUsage: (usage: JsonObject | undefined, final: boolean) => void;
}

function readEvent(type: string, event: JsonObject, { draft, useUsage }: EventSink): void {
  if (type === 'message_start') {
    const message = objectAt(event, 'message') ?? {};
    readMessage(message, draft);
    useUsage(objectAt(message, 'usage'), false);
  } else if (type === 'message_delta') {
    draft.finishReason = stringAt(objectAt(event, 'delta'), 'stop_reason') || draft.finishReason;
    useUsage(objectAt(event, 'usage'), true);
  } else if (type === 'content_block_start') {
    const block = objectAt(event, 'content_block');
    noteTexts(draft, contentTexts(block === undefined ? [] : [block]));
  }
}

function readMessage(message: JsonObject, draft: AnswerDraft): void {
  draft.responseId ||= stringAt(message, 'id');
  draft.responseModel = stringAt(message, 'model') || draft.responseModel;
  draft.finishReason = stringAt(message, 'stop_reason') || draft.finishReason;
}

/** What the model wrote; results of server tools are none of it. */
function contentTexts(blocks: readonly unknown[]): { answer: string[]; reasoning: string[] } {
  const answer: string[] = [];
  const reasoning: string[] = [];
  for (const block of blocks) {
    answer.push(stringAt(block, 'text'));
    reasoning.push(stringAt(block, 'thinking'));
    if (!stringAt(block, 'type').endsWith('tool_use')) continue;
    answer.push(stringAt(block, 'name'));
    const input = objectAt(block, 'input');
    if (input !== undefined && Object.keys(input).length > 0) answer.push(JSON.stringify(input));
  }
  return { answer, reasoning };
}

function mergeUsage(merged: Usage, usage: JsonObject): void {
  for (const [field, value] of Object.entries(usage)) {
    if (value === null || value === undefined) continue;
    const held = merged[field];
    merged[field] = isObject(value) && isObject(held) ? { ...held, ...value } : value;
  }
}

/** Anthropic's own counts: cached tokens stand outside `input_tokens`. */
export function readAnthropicUsage(usage: JsonObject): TokenUsage {
  const iterations = arrayAt(usage, 'iterations').filter(isObject);
  // With server-side compaction the top-level counts leave the compaction's own iterations out.
  if (iterations.some((iteration) => iteration['type'] === 'compaction')) {
    return iterations.map(readCounts).reduce(addUsage, emptyUsage());
  }
  return readCounts(usage);
}

function readCounts(usage: JsonObject): TokenUsage {
  const written = countAt(usage, 'cache_creation_input_tokens');
  const creation = objectAt(usage, 'cache_creation');
  const hour = countAt(creation, 'ephemeral_1h_input_tokens');
  const fiveMinutes = numberAt(creation, 'ephemeral_5m_input_tokens') ?? written - hour;
  const output = countAt(usage, 'output_tokens');
  const thinking = Math.min(output, countAt(objectAt(usage, 'output_tokens_details'), 'thinking_tokens'));
  return {
    ...emptyUsage(),
    input_uncached_tokens: countAt(usage, 'input_tokens'),
    input_cache_read_tokens: countAt(usage, 'cache_read_input_tokens'),
    input_cache_write_5m_tokens: Math.max(0, fiveMinutes, written - hour),
    input_cache_write_1h_tokens: hour,
    output_text_tokens: output - thinking,
    output_reasoning_tokens: thinking,
  };
}

function addUsage(sum: TokenUsage, usage: TokenUsage): TokenUsage {
  const total = { ...sum };
  for (const bucket of Object.keys(usage) as (keyof TokenUsage)[]) total[bucket] += usage[bucket];
  return total;
}

function noteUsageExtras(usage: JsonObject, draft: AnswerDraft): void {
  draft.serviceTier = stringAt(usage, 'service_tier') || draft.serviceTier;
  for (const [tool, count] of Object.entries(objectAt(usage, 'server_tool_use') ?? {})) {
    if (typeof count === 'number') setBilledTool(draft, tool.replace(/_requests$/, ''), Math.round(count));
  }
}
