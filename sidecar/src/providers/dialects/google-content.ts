// Reads Gemini's generateContent and embedContent, on Google AI and on Vertex. Counts come in many chunks; each field's
// latest value wins, and one that a later chunk leaves out keeps its earlier value.
import { emptyUsage, type TokenUsage } from '@tollgate/contract';
import { type AnswerDraft, noteTexts, setBilledTool } from '../answer-draft.ts';
import { type Dialect, headerValue } from '../dialect.ts';
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

/** generateContent and streamGenerateContent, as SSE or as one JSON array. */
export const googleContent: Dialect = ({ draft, headers }) => {
  const merged: Record<string, unknown> = {};
  const read = (answer: JsonObject) => readAnswer(answer, merged, draft);
  return {
    estimates: true,
    event({ data }) {
      const answer = parseJsonObject(data);
      if (answer !== undefined) read(answer);
    },
    body: read,
    headers() {
      draft.serviceTier ||= headerValue(headers, 'x-gemini-service-tier');
    },
  };
};

/** embedContent, batchEmbedContents and Vertex' predict for embedding models. */
export const googleEmbeddings: Dialect = ({ draft, request }) => ({
  estimates: true,
  event: () => undefined,
  body(body) {
    const counted = countAt(objectAt(body, 'usageMetadata'), 'promptTokenCount') || predictedTokens(body);
    draft.responseModel ||= stringAt(body, 'modelVersion') || request.requestedModel;
    if (counted === 0) return;
    draft.usage = { ...emptyUsage(), input_uncached_tokens: counted };
    draft.usageIsFinal = true;
  },
});

function predictedTokens(body: JsonObject): number {
  return arrayAt(body, 'predictions')
    .map((prediction) => objectAt(objectAt(prediction, 'embeddings'), 'statistics'))
    .reduce((sum, statistics) => sum + countAt(statistics, 'token_count'), 0);
}

function readAnswer(answer: JsonObject, merged: Record<string, unknown>, draft: AnswerDraft): void {
  draft.responseModel = stringAt(answer, 'modelVersion') || draft.responseModel;
  draft.responseId ||= stringAt(answer, 'responseId');
  if (isObject(answer['error'])) draft.errorType ||= errorTypeOf(answer) || 'error';
  const blocked = stringAt(objectAt(answer, 'promptFeedback'), 'blockReason');
  if (blocked !== '') draft.finishReason ||= blocked;
  const texts = { answer: [] as string[], reasoning: [] as string[] };
  for (const candidate of arrayAt(answer, 'candidates')) readCandidate(candidate, texts, draft);
  noteTexts(draft, texts);
  const usage = objectAt(answer, 'usageMetadata');
  if (usage === undefined) return;
  Object.assign(merged, usage);
  draft.usage = readGoogleUsage(merged);
  draft.usageIsFinal = !draft.streaming || draft.finishReason !== '';
  draft.serviceTier = stringAt(usage, 'serviceTier') || stringAt(usage, 'trafficType') || draft.serviceTier;
}

function readCandidate(
  candidate: unknown,
  texts: { answer: string[]; reasoning: string[] },
  draft: AnswerDraft,
): void {
  draft.finishReason = stringAt(candidate, 'finishReason') || draft.finishReason;
  for (const part of arrayAt(objectAt(candidate, 'content'), 'parts')) {
    if (!isObject(part)) continue;
    (part['thought'] === true ? texts.reasoning : texts.answer).push(stringAt(part, 'text'));
    const call = objectAt(part, 'functionCall');
    if (call !== undefined) texts.answer.push(stringAt(call, 'name'), JSON.stringify(call['args'] ?? {}));
    texts.answer.push(stringAt(objectAt(part, 'executableCode'), 'code'));
    if (objectAt(part, 'inlineData') !== undefined) texts.answer.push(' ');
  }
  const queries = arrayAt(objectAt(candidate, 'groundingMetadata'), 'webSearchQueries');
  setBilledTool(draft, 'web_search', new Set(queries.filter((query) => query !== '')).size);
}

/** Cached tokens are part of the prompt's; thoughts and the tools' prompt stand beside the other counts. */
function readGoogleUsage(usage: JsonObject): TokenUsage {
  const prompt = countAt(usage, 'promptTokenCount');
  const cached = Math.min(prompt, countAt(usage, 'cachedContentTokenCount'));
  const promptBy = modalities(usage, 'promptTokensDetails');
  const cachedBy = modalities(usage, 'cacheTokensDetails');
  const audio = within(promptBy('AUDIO') - cachedBy('AUDIO'), prompt - cached);
  const image = within(
    promptBy('IMAGE') + promptBy('VIDEO') - cachedBy('IMAGE') - cachedBy('VIDEO'),
    prompt - cached - audio,
  );
  const toolPrompt = countAt(usage, 'toolUsePromptTokenCount');
  const output = countAt(usage, 'candidatesTokenCount') || countAt(usage, 'responseTokenCount');
  const outputBy = modalities(usage, 'candidatesTokensDetails');
  const outputAudio = within(outputBy('AUDIO'), output);
  const outputImage = within(outputBy('IMAGE'), output - outputAudio);
  return {
    ...emptyUsage(),
    input_uncached_tokens: prompt - cached - audio - image + toolPrompt,
    input_cache_read_tokens: cached,
    input_audio_tokens: audio,
    input_image_tokens: image,
    output_text_tokens: output - outputAudio - outputImage,
    output_reasoning_tokens: countAt(usage, 'thoughtsTokenCount'),
    output_audio_tokens: outputAudio,
    output_image_tokens: outputImage,
  };
}

function modalities(usage: JsonObject, key: string): (modality: string) => number {
  const details = arrayAt(usage, key);
  return (modality) =>
    details
      .filter((detail) => stringAt(detail, 'modality') === modality)
      .reduce<number>((sum, detail) => sum + countAt(detail, 'tokenCount'), 0);
}

function within(value: number, max: number): number {
  return Math.max(0, Math.min(value, max));
}
