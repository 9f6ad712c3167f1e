// Reads OpenAI chat completions and legacy completions, and the many servers that speak them with small differences.
import { type AnswerDraft, noteTexts, setBilledTool } from '../answer-draft.ts';
import type { Dialect, ReaderContext } from '../dialect.ts';
import { errorTypeOf } from '../error-type.ts';
import {
  arrayAt,
  countAt,
  isObject,
  type JsonObject,
  objectAt,
  parseJsonObject,
  stringAt,
} from '../json-value.ts';
import { createDeltaTemplate, type DeltaPattern, scanDelta, takeLikeTemplate } from './delta-scan.ts';
import { readOpenAiUsage } from './openai-usage.ts';

/** A chunk with one of these members filled in has more to say than its text. */
const SIGNIFICANT = /"(?:finish_reason|usage|x_groq|error|timings|audio|object":\s*"error)"\s*:\s*[^n\s]/;
const CHAT_DELTA: DeltaPattern = {
  expression: /"(content|reasoning_content|reasoning|refusal|arguments)"\s*:\s*"(?!")/g,
  kindOf: (member) => (member.startsWith('reasoning') ? 'reasoning' : 'answer'),
};
const TEXT_DELTA: DeltaPattern = { expression: /"(text)"\s*:\s*"(?!")/g, kindOf: () => 'answer' };
const DONE = '[DONE]';

/** Chat completions and completions, streamed and not. */
export const openAiChat: Dialect = (context) => {
  const { draft } = context;
  const template = createDeltaTemplate();
  return {
    estimates: true,
    template,
    event({ name, data }) {
      const latin1 = data.toString('latin1');
      if (takeLikeTemplate(template, { data, latin1, draft })) return;
      if (latin1.startsWith(DONE)) {
        draft.ended = true;
        return;
      }
      if (draft.responseModel !== '' && name === '' && isPlainDelta(latin1)) {
        scanDelta(latin1.includes('"delta"') ? CHAT_DELTA : TEXT_DELTA, { data, latin1, draft }, template);
        return;
      }
      const chunk = parseJsonObject(data);
      if (chunk === undefined) readLooseError(name, draft);
      else readAnswer(chunk, context, name);
    },
    body(body) {
      readAnswer(body, context, '');
    },
  };
};

/** One choice, one text member of a kind at most, nothing else of interest. */
function isPlainDelta(latin1: string): boolean {
  if (SIGNIFICANT.test(latin1)) return false;
  if (latin1.includes('"reasoning_details"') || latin1.includes('"tool_calls"')) return false;
  const choice = latin1.indexOf('"index"');
  return choice >= 0 && latin1.indexOf('"index"', choice + 7) < 0;
}

function readLooseError(name: string, draft: AnswerDraft): void {
  if (name === 'error') draft.errorType ||= 'error';
}

function readAnswer(answer: JsonObject, context: ReaderContext, eventName: string): void {
  const { draft, provider } = context;
  draft.responseModel ||= stringAt(answer, 'model');
  draft.responseId ||= stringAt(answer, 'id');
  draft.serviceTier = stringAt(answer, 'service_tier') || draft.serviceTier;
  if (
    eventName === 'error' ||
    isObject(answer['error']) ||
    typeof answer['error'] === 'string' ||
    answer['object'] === 'error'
  ) {
    draft.errorType ||= errorTypeOf(answer) || 'error';
  }
  const answerTexts: string[] = [];
  const reasoningTexts: string[] = [];
  for (const choice of arrayAt(answer, 'choices')) readChoice(choice, { draft, answerTexts, reasoningTexts });
  noteTexts(draft, { answer: answerTexts, reasoning: reasoningTexts });
  const groq = objectAt(answer, 'x_groq');
  if (typeof groq?.['error'] === 'string') draft.errorType ||= 'error';
  const usage = objectAt(answer, 'usage') ?? objectAt(groq, 'usage') ?? lastChoiceUsage(answer);
  if (usage !== undefined) readUsage(usage, draft, provider);
}

function readUsage(usage: JsonObject, draft: AnswerDraft, provider: string): void {
  draft.usage = readOpenAiUsage(usage, provider);
  // Perplexity and some servers repeat running counts in every chunk: the last word is the one beside a finish reason.
  draft.usageIsFinal = !draft.streaming || draft.finishReason !== '';
  draft.serviceTier = stringAt(usage, 'service_tier') || draft.serviceTier;
  setBilledTool(draft, 'web_search', countAt(usage, 'num_search_queries'));
  setBilledTool(draft, 'search_sources', countAt(usage, 'num_sources_used'));
  setBilledTool(draft, 'citation_tokens', countAt(usage, 'citation_tokens'));
  setBilledTool(draft, 'audio_seconds', countAt(usage, 'prompt_audio_seconds'));
  const server = objectAt(usage, 'server_tool_use') ?? objectAt(usage, 'server_side_tool_usage_details');
  for (const [tool, count] of Object.entries(server ?? {})) {
    if (typeof count === 'number')
      setBilledTool(draft, tool.replace(/_(requests|calls)$/, ''), Math.round(count));
  }
}

/** Moonshot puts a stream's usage into its last choice. */
function lastChoiceUsage(answer: JsonObject): JsonObject | undefined {
  return objectAt(arrayAt(answer, 'choices').at(-1), 'usage');
}

interface ChoiceTexts {
  readonly draft: AnswerDraft;
  readonly answerTexts: string[];
  readonly reasoningTexts: string[];
}

function readChoice(choice: unknown, { draft, answerTexts, reasoningTexts }: ChoiceTexts): void {
  if (!isObject(choice)) return;
  draft.finishReason ||= stringAt(choice, 'finish_reason');
  if (isObject(choice['error'])) draft.errorType ||= errorTypeOf(choice) || 'error';
  const delta = objectAt(choice, 'delta');
  const whole = objectAt(choice, 'message');
  const message = draft.streaming ? (delta ?? whole) : (whole ?? delta);
  if (message === undefined) {
    answerTexts.push(stringAt(choice, 'text'));
    return;
  }
  readContent(message['content'], answerTexts, reasoningTexts);
  answerTexts.push(stringAt(message, 'refusal'), stringAt(objectAt(message, 'audio'), 'transcript'));
  if (stringAt(objectAt(message, 'audio'), 'data') !== '') answerTexts.push(' ');
  reasoningTexts.push(stringAt(message, 'reasoning_content') || stringAt(message, 'reasoning'));
  const calls = arrayAt(message, 'tool_calls').map(
    (call) => objectAt(call, 'function') ?? objectAt(call, 'custom'),
  );
  for (const call of [...calls, objectAt(message, 'function_call')]) {
    answerTexts.push(stringAt(call, 'name'), stringAt(call, 'arguments'), stringAt(call, 'input'));
  }
}

/** Content is text, or Mistral's list of text and thinking parts. */
function readContent(content: unknown, answerTexts: string[], reasoningTexts: string[]): void {
  if (typeof content === 'string') answerTexts.push(content);
  if (!Array.isArray(content)) return;
  for (const part of content) {
    answerTexts.push(stringAt(part, 'text'));
    for (const thought of arrayAt(part, 'thinking')) reasoningTexts.push(stringAt(thought, 'text'));
  }
}
