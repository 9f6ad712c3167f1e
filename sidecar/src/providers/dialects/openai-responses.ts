// Reads OpenAI's Responses API: typed events of which only text deltas and the beginning and end matter here.
import { type AnswerDraft, noteBilledTool, noteTexts } from '../answer-draft.ts';
import type { Dialect } from '../dialect.ts';
import { codeOf } from '../error-type.ts';
import { arrayAt, isObject, type JsonObject, objectAt, parseJsonObject, stringAt } from '../json-value.ts';
import { createDeltaTemplate, type DeltaPattern, scanDelta } from './delta-scan.ts';
import { readOpenAiUsage } from './openai-usage.ts';

const TYPE = /"type"\s*:\s*"([^"]+)"/;
const ANSWER: DeltaPattern = { expression: /"(delta)"\s*:\s*"(?!")/g, kindOf: () => 'answer' };
const REASONING: DeltaPattern = { expression: /"(delta)"\s*:\s*"(?!")/g, kindOf: () => 'reasoning' };
const WHOLE_EVENTS: ReadonlySet<string> = new Set([
  'response.created',
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);
/** Items of the output that are billed by use. */
const BILLED_ITEMS: Readonly<Record<string, string>> = {
  web_search_call: 'web_search',
  file_search_call: 'file_search',
  code_interpreter_call: 'code_interpreter',
  image_generation_call: 'image_generation',
  computer_call: 'computer_use',
};

/** Responses, streamed and not. */
export const openAiResponses: Dialect = ({ draft, provider }) => ({
  estimates: true,
  event({ name, data }) {
    const latin1 = data.toString('latin1');
    const type = name !== '' ? name : (TYPE.exec(latin1)?.[1] ?? '');
    if (type.endsWith('.delta')) {
      scanDelta(
        type.includes('reasoning') ? REASONING : ANSWER,
        { data, latin1, draft },
        createDeltaTemplate(),
      );
    } else if (WHOLE_EVENTS.has(type)) {
      const response = objectAt(parseJsonObject(data), 'response');
      if (response !== undefined) readResponse(response, draft, provider);
      draft.ended ||= type !== 'response.created';
    } else if (type === 'error') {
      const event = parseJsonObject(data) ?? {};
      draft.errorType ||= codeOf(objectAt(event, 'error') ?? event) || 'error';
    }
  },
  body: (body) => readResponse(body, draft, provider),
});

function readResponse(response: JsonObject, draft: AnswerDraft, provider: string): void {
  draft.responseId ||= stringAt(response, 'id');
  draft.responseModel = stringAt(response, 'model') || draft.responseModel;
  draft.serviceTier = stringAt(response, 'service_tier') || draft.serviceTier;
  const status = stringAt(response, 'status');
  if (status !== '' && status !== 'in_progress' && status !== 'queued') {
    draft.finishReason = stringAt(objectAt(response, 'incomplete_details'), 'reason') || status;
  }
  const error = objectAt(response, 'error');
  if (error !== undefined) draft.errorType ||= codeOf(error) || 'error';
  const usage = objectAt(response, 'usage');
  if (usage === undefined) return;
  draft.usage = readOpenAiUsage(usage, provider === 'xai' ? 'openai' : provider);
  draft.usageIsFinal = true;
  readOutput(arrayAt(response, 'output'), draft);
}

function readOutput(output: readonly unknown[], draft: AnswerDraft): void {
  const answer: string[] = [];
  const reasoning: string[] = [];
  for (const item of output) {
    if (!isObject(item)) continue;
    const type = stringAt(item, 'type');
    const tool = BILLED_ITEMS[type];
    if (tool !== undefined && isBilledUse(item)) noteBilledTool(draft, tool, 1);
    const texts = type === 'reasoning' ? reasoning : answer;
    for (const part of arrayAt(item, 'content'))
      texts.push(stringAt(part, 'text'), stringAt(part, 'refusal'));
    for (const part of arrayAt(item, 'summary')) reasoning.push(stringAt(part, 'text'));
    answer.push(stringAt(item, 'arguments'));
  }
  if (!draft.streaming) noteTexts(draft, { answer, reasoning });
}

/** Opening or searching within a page of a web search is free. */
function isBilledUse(item: JsonObject): boolean {
  const action = stringAt(objectAt(item, 'action'), 'type');
  return stringAt(item, 'type') !== 'web_search_call' || action === '' || action === 'search';
}
