// Reads Ollama's native chat, generate and embed APIs. Only the last line of a stream carries counts.
import { emptyUsage } from '@tollgate/contract';
import { type AnswerDraft, noteTexts } from '../answer-draft.ts';
import type { Dialect } from '../dialect.ts';
import { errorTypeOf } from '../error-type.ts';
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
import { createDeltaTemplate, type DeltaPattern, scanDelta } from './delta-scan.ts';

const DELTA: DeltaPattern = {
  expression: /"(content|response|thinking)"\s*:\s*"(?!")/g,
  kindOf: (member) => (member === 'thinking' ? 'reasoning' : 'answer'),
};
/** A line with one of these has more to say than its text. */
const SIGNIFICANT = /"done"\s*:\s*true|"(?:error|tool_calls|prompt_eval_count)"/;

export const ollamaChat: Dialect = ({ draft }) => ({
  estimates: true,
  event({ data }) {
    const latin1 = data.toString('latin1');
    if (draft.responseModel !== '' && !SIGNIFICANT.test(latin1)) {
      scanDelta(DELTA, { data, latin1, draft }, createDeltaTemplate());
      return;
    }
    const line = parseJsonObject(data);
    if (line !== undefined) readLine(line, draft);
  },
  body: (body) => readLine(body, draft),
});

/** embed reports the prompt's tokens; the older embeddings API reports none. */
export const ollamaEmbed: Dialect = ({ draft, request }) => ({
  estimates: true,
  event: () => undefined,
  body(body) {
    draft.responseModel = stringAt(body, 'model') || request.requestedModel;
    if (numberAt(body, 'prompt_eval_count') === undefined) return;
    draft.usage = { ...emptyUsage(), input_uncached_tokens: countAt(body, 'prompt_eval_count') };
    draft.usageIsFinal = true;
  },
});

function readLine(line: JsonObject, draft: AnswerDraft): void {
  draft.responseModel ||= stringAt(line, 'model');
  if (draft.streaming && typeof line['error'] === 'string') draft.errorType ||= errorTypeOf(line) || 'error';
  const message = objectAt(line, 'message');
  const answer = [stringAt(line, 'response'), stringAt(message, 'content')];
  for (const call of arrayAt(message, 'tool_calls')) {
    const called = objectAt(call, 'function');
    if (called === undefined) continue;
    answer.push(stringAt(called, 'name'));
    if (isObject(called['arguments'])) answer.push(JSON.stringify(called['arguments']));
  }
  noteTexts(draft, { answer, reasoning: [stringAt(line, 'thinking'), stringAt(message, 'thinking')] });
  if (line['done'] !== true) return;
  draft.ended = true;
  draft.finishReason = stringAt(line, 'done_reason') || 'stop';
  if (numberAt(line, 'eval_count') === undefined && numberAt(line, 'prompt_eval_count') === undefined) return;
  draft.usage = {
    ...emptyUsage(),
    input_uncached_tokens: countAt(line, 'prompt_eval_count'),
    output_text_tokens: countAt(line, 'eval_count'),
  };
  draft.usageIsFinal = true;
}
