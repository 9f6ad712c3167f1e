// Reads Cohere's chat (v1 and v2), embed and rerank APIs. What counts is `billed_units`: `tokens` includes the
// provider's own preamble, which it does not charge.
import { emptyUsage } from '@tollgate/contract';
import { type AnswerDraft, noteTexts, setBilledTool } from '../answer-draft.ts';
import type { Dialect } from '../dialect.ts';
import {
  arrayAt,
  countAt,
  isObject,
  type JsonObject,
  objectAt,
  parseJsonObject,
  stringAt,
} from '../json-value.ts';

/** Finish reasons that tell of a failure inside a 200 answer. */
const FAILED: ReadonlySet<string> = new Set(['ERROR', 'ERROR_LIMIT', 'ERROR_TOXIC', 'TIMEOUT']);

export const cohereChat: Dialect = ({ draft, request }) => ({
  estimates: true,
  event({ data }) {
    const event = parseJsonObject(data);
    if (event === undefined) return;
    const type = stringAt(event, 'type') || stringAt(event, 'event_type');
    draft.responseModel ||= request.requestedModel;
    draft.responseId ||= stringAt(event, 'id') || stringAt(event, 'generation_id');
    if (type === 'message-end' || type === 'stream-end') readEnd(event, draft);
    else noteTexts(draft, deltaTexts(type, event));
  },
  body(body) {
    draft.responseModel ||= stringAt(body, 'model') || request.requestedModel;
    draft.responseId ||= stringAt(body, 'id') || stringAt(body, 'generation_id');
    draft.finishReason =
      stringAt(body, 'finish_reason') || stringAt(arrayAt(body, 'generations')[0], 'finish_reason');
    noteTexts(draft, messageTexts(body));
    readBilling(body, draft);
  },
});

/** embed and rerank: input tokens, images or searches. */
export const cohereUnits: Dialect = ({ draft, request }) => ({
  estimates: false,
  event: () => undefined,
  body(body) {
    draft.responseId ||= stringAt(body, 'id');
    draft.responseModel ||= request.requestedModel;
    readBilling(body, draft);
  },
});

function readEnd(event: JsonObject, draft: AnswerDraft): void {
  const delta = objectAt(event, 'delta');
  const response = objectAt(event, 'response');
  draft.finishReason = stringAt(delta, 'finish_reason') || stringAt(event, 'finish_reason');
  if (FAILED.has(draft.finishReason) || stringAt(delta, 'error') !== '')
    draft.errorType ||= draft.finishReason || 'error';
  draft.responseId ||= stringAt(response, 'response_id');
  draft.ended = true;
  readBilling(delta ?? response ?? event, draft);
}

function readBilling(holder: JsonObject, draft: AnswerDraft): void {
  const counts = objectAt(holder, 'usage') ?? objectAt(holder, 'meta');
  const billed = objectAt(counts, 'billed_units') ?? objectAt(counts, 'tokens');
  if (billed === undefined) return;
  const input = countAt(billed, 'input_tokens');
  const cached = Math.min(input, countAt(counts, 'cached_tokens'));
  setBilledTool(draft, 'search_units', countAt(billed, 'search_units'));
  setBilledTool(draft, 'images', countAt(billed, 'images'));
  setBilledTool(draft, 'classifications', countAt(billed, 'classifications'));
  draft.usage = {
    ...emptyUsage(),
    input_uncached_tokens: input - cached,
    input_cache_read_tokens: cached,
    input_image_tokens: countAt(billed, 'image_tokens'),
    output_text_tokens: countAt(billed, 'output_tokens'),
  };
  draft.usageIsFinal = true;
}

interface Texts {
  readonly answer: string[];
  readonly reasoning: string[];
}

function deltaTexts(type: string, event: JsonObject): Texts {
  if (type === 'text-generation') return { answer: [stringAt(event, 'text')], reasoning: [] };
  if (type === 'tool-calls-chunk') {
    const call = objectAt(objectAt(event, 'tool_call_delta'), 'parameters');
    return {
      answer: [stringAt(event, 'text'), call === undefined ? '' : JSON.stringify(call)],
      reasoning: [],
    };
  }
  const message = objectAt(objectAt(event, 'delta'), 'message');
  const content = objectAt(message, 'content');
  const call = objectAt(objectAt(message, 'tool_calls'), 'function');
  return {
    answer: [stringAt(content, 'text'), stringAt(call, 'name'), stringAt(call, 'arguments')],
    reasoning: [stringAt(content, 'thinking'), stringAt(message, 'tool_plan')],
  };
}

function messageTexts(body: JsonObject): Texts {
  const message = objectAt(body, 'message');
  const answer = [stringAt(body, 'text'), stringAt(arrayAt(body, 'generations')[0], 'text')];
  const reasoning = [stringAt(message, 'tool_plan')];
  for (const part of arrayAt(message, 'content')) {
    answer.push(stringAt(part, 'text'));
    reasoning.push(stringAt(part, 'thinking'));
  }
  for (const call of arrayAt(message, 'tool_calls').filter(isObject)) {
    answer.push(
      stringAt(objectAt(call, 'function'), 'name'),
      stringAt(objectAt(call, 'function'), 'arguments'),
    );
  }
  return { answer, reasoning };
}
