// Reads the native APIs of two servers that people run themselves: Text Generation Inference and llama.cpp.
import { emptyUsage } from '@tollgate/contract';
import { type AnswerDraft, noteTexts } from '../answer-draft.ts';
import { type Dialect, headerValue } from '../dialect.ts';
import { errorTypeOf } from '../error-type.ts';
import {
  arrayAt,
  countAt,
  type JsonObject,
  numberAt,
  objectAt,
  parseJsonObject,
  stringAt,
} from '../json-value.ts';

/** /generate and /generate_stream. The prompt's tokens stand in a header, or in the details where they were asked for. */
export const tgiGenerate: Dialect = ({ draft, headers, request }) => {
  let seenTokens = 0;
  draft.responseModel = request.requestedModel;
  return {
    estimates: true,
    event({ data }) {
      const event = parseJsonObject(data);
      if (event === undefined) return;
      const token = objectAt(event, 'token');
      if (token !== undefined) seenTokens += 1;
      if (token?.['special'] !== true) noteTexts(draft, { answer: [stringAt(token, 'text')] });
      readDetails(event, draft, seenTokens);
      if (typeof event['generated_text'] === 'string') draft.ended = true;
    },
    body(body) {
      noteTexts(draft, { answer: [stringAt(body, 'generated_text')] });
      readDetails(body, draft, 0);
    },
    headers() {
      const prompt = Number(headerValue(headers, 'x-prompt-tokens'));
      const generated = Number(headerValue(headers, 'x-generated-tokens'));
      if (!(prompt > 0)) return;
      const output = generated > 0 ? generated : (draft.usage?.output_text_tokens ?? 0);
      draft.usage = { ...emptyUsage(), input_uncached_tokens: prompt, output_text_tokens: output };
      draft.usageIsFinal ||= generated > 0;
    },
  };
};

function readDetails(event: JsonObject, draft: AnswerDraft, seenTokens: number): void {
  if (draft.streaming && event['error'] !== undefined) draft.errorType ||= errorTypeOf(event) || 'error';
  const details = objectAt(event, 'details');
  if (details === undefined) return;
  draft.finishReason = stringAt(details, 'finish_reason');
  const input = numberAt(details, 'input_length') ?? arrayAt(details, 'prefill').length;
  if (input === 0) return;
  draft.usage = {
    ...emptyUsage(),
    input_uncached_tokens: input,
    output_text_tokens: countAt(details, 'generated_tokens') || seenTokens,
  };
  draft.usageIsFinal = true;
}

/** /completion, streamed and not. */
export const llamaCppCompletion: Dialect = ({ draft }) => {
  const read = (answer: JsonObject) => {
    if (draft.streaming && answer['error'] !== undefined) draft.errorType ||= errorTypeOf(answer) || 'error';
    noteTexts(draft, { answer: [stringAt(answer, 'content')] });
    draft.responseModel ||= stringAt(answer, 'model');
    if (answer['stop'] !== true) return;
    draft.ended = true;
    draft.finishReason = stopReason(answer);
    const prompt = countAt(answer, 'tokens_evaluated');
    const cached = Math.min(prompt, countAt(objectAt(answer, 'timings'), 'cache_n'));
    draft.usage = {
      ...emptyUsage(),
      input_uncached_tokens: prompt - cached,
      input_cache_read_tokens: cached,
      output_text_tokens: countAt(answer, 'tokens_predicted'),
    };
    draft.usageIsFinal = true;
  };
  return {
    estimates: true,
    event({ name, data }) {
      const answer = parseJsonObject(data);
      if (name === 'error') draft.errorType ||= (answer && errorTypeOf({ error: answer })) || 'error';
      else if (answer !== undefined) read(answer);
    },
    body: read,
  };
};

/** Older versions tell by flags. */
function stopReason(answer: JsonObject): string {
  const named = stringAt(answer, 'stop_type');
  if (named !== '' && named !== 'none') return named;
  if (answer['stopped_limit'] === true) return 'limit';
  return answer['stopped_word'] === true ? 'word' : 'eos';
}
