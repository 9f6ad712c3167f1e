// Reads OpenAI's other metered APIs: embeddings, images, speech and transcription. Moderations are free of charge.
import { type AnswerDraft, noteTexts, setBilledTool } from '../answer-draft.ts';
import type { Dialect } from '../dialect.ts';
import { codeOf } from '../error-type.ts';
import { arrayAt, countAt, type JsonObject, objectAt, parseJsonObject, stringAt } from '../json-value.ts';
import { readOpenAiUsage } from './openai-usage.ts';

/** Embeddings: input alone. */
export const openAiEmbeddings: Dialect = ({ draft, provider }) => ({
  estimates: true,
  event: () => undefined,
  body(body) {
    draft.responseModel ||= stringAt(body, 'model');
    draft.responseId ||= stringAt(body, 'id');
    const usage = objectAt(body, 'usage');
    if (usage === undefined) return;
    const prompt = { ...usage, completion_tokens: 0 };
    draft.usage = readOpenAiUsage(prompt, provider);
    draft.usageIsFinal = true;
  },
});

/** Images: the tokens that are generated are image tokens. */
export const openAiImages: Dialect = ({ draft, provider }) => {
  const read = (body: JsonObject) => {
    const usage = objectAt(body, 'usage');
    if (usage !== undefined) {
      const counted = readOpenAiUsage(usage, provider);
      const text = countAt(objectAt(usage, 'output_tokens_details'), 'text_tokens');
      const image = Math.max(0, counted.output_text_tokens + counted.output_image_tokens - text);
      draft.usage = { ...counted, output_text_tokens: text, output_image_tokens: image };
      draft.usageIsFinal = true;
    }
    setBilledTool(draft, 'images', arrayAt(body, 'data').length);
  };
  return {
    estimates: false,
    event({ data }) {
      const event = parseJsonObject(data) ?? {};
      const type = stringAt(event, 'type');
      noteEventError(type, event, draft);
      if (!type.endsWith('.completed')) return;
      draft.ended = true;
      read(event);
      setBilledTool(draft, 'images', 1);
    },
    body: read,
  };
};

/** Speech and transcription; older models report no tokens, or seconds of audio. */
export const openAiAudio: Dialect = ({ draft, provider }) => {
  const readUsage = (body: JsonObject) => {
    const usage = objectAt(body, 'usage');
    if (usage === undefined) return;
    const seconds = countAt(usage, 'seconds');
    if (stringAt(usage, 'type') === 'duration' || seconds > 0) {
      setBilledTool(draft, 'audio_seconds', seconds);
      return;
    }
    const counted = readOpenAiUsage(usage, provider);
    const speech = draft.streaming && stringAt(body, 'type').startsWith('speech.');
    draft.usage = speech
      ? { ...counted, output_text_tokens: 0, output_audio_tokens: counted.output_text_tokens }
      : counted;
    draft.usageIsFinal = true;
  };
  return {
    estimates: false,
    event({ data }) {
      const event = parseJsonObject(data) ?? {};
      const type = stringAt(event, 'type');
      noteEventError(type, event, draft);
      if (type.endsWith('.delta'))
        noteTexts(draft, { answer: [stringAt(event, 'delta') || (stringAt(event, 'audio') && ' ')] });
      if (!type.endsWith('.done')) return;
      draft.ended = true;
      readUsage(event);
    },
    body(body) {
      noteTexts(draft, { answer: [stringAt(body, 'text')] });
      draft.responseModel ||= stringAt(body, 'model');
      readUsage(body);
    },
  };
};

/** APIs whose answers cost nothing by the token: only model and id are read. */
export const unmetered: Dialect = ({ draft }) => ({
  estimates: false,
  event: () => undefined,
  body(body) {
    draft.responseModel ||= stringAt(body, 'model');
    draft.responseId ||= stringAt(body, 'id');
    draft.usage ??= null;
  },
});

/** Nothing is read at all. */
export const unread: Dialect = () => ({ estimates: false, event: () => undefined, body: () => undefined });

function noteEventError(type: string, event: JsonObject, draft: AnswerDraft): void {
  if (type === 'error') draft.errorType ||= codeOf(objectAt(event, 'error') ?? event) || 'error';
}
