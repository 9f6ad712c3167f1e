// Reads the server's events of OpenAI's Realtime API. One session holds many responses: their usage is summed up.
import { emptyUsage, TOKEN_BUCKETS } from '@tollgate/contract';
import { type AnswerDraft, noteTexts, setBilledTool } from '../answer-draft.ts';
import type { Dialect } from '../dialect.ts';
import { codeOf } from '../error-type.ts';
import { countAt, type JsonObject, objectAt, parseJsonObject, stringAt } from '../json-value.ts';
import { readOpenAiUsage } from './openai-usage.ts';

const TYPE = /"type"\s*:\s*"([^"]+)"/;
const READ_EVENTS: ReadonlySet<string> = new Set([
  'session.created',
  'session.updated',
  'response.done',
  'conversation.item.input_audio_transcription.completed',
  'error',
]);

export const openAiRealtime: Dialect = ({ draft, request }) => {
  let responses = 0;
  let lastError = '';
  return {
    estimates: false,
    event({ data }) {
      const type = TYPE.exec(data.toString('latin1'))?.[1] ?? '';
      if (type.endsWith('.delta')) {
        const delta = stringAt(parseJsonObject(data), 'delta');
        noteTexts(draft, { answer: [type.includes('audio.delta') && delta !== '' ? ' ' : delta] });
        return;
      }
      if (!READ_EVENTS.has(type)) return;
      const event = parseJsonObject(data) ?? {};
      if (type === 'error') lastError = codeOf(objectAt(event, 'error') ?? event) || 'error';
      if (type === 'response.done') responses += 1;
      readEvent(event, draft);
    },
    body: () => undefined,
    headers() {
      draft.responseModel ||= request.requestedModel;
      if (responses === 0) draft.errorType ||= lastError;
    },
  };
};

function readEvent(event: JsonObject, draft: AnswerDraft): void {
  const session = objectAt(event, 'session');
  draft.responseModel = stringAt(session, 'model') || draft.responseModel;
  draft.responseId ||= stringAt(session, 'id');
  const response = objectAt(event, 'response');
  draft.finishReason = stringAt(response, 'status') || draft.finishReason;
  const usage = objectAt(response, 'usage') ?? objectAt(event, 'usage');
  if (usage === undefined) return;
  if (stringAt(usage, 'type') === 'duration') {
    setBilledTool(
      draft,
      'audio_seconds',
      (draft.billedTools['audio_seconds'] ?? 0) + countAt(usage, 'seconds'),
    );
    return;
  }
  const counted = readOpenAiUsage(usage, 'openai');
  const sum = { ...(draft.usage ?? emptyUsage()) };
  for (const bucket of TOKEN_BUCKETS) sum[bucket] += counted[bucket];
  draft.usage = sum;
  draft.usageIsFinal = true;
}
