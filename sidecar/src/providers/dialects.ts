// The registry: which reader reads the answers of which API.
import type { Api } from '@tollgate/contract';
import type { Dialect } from './dialect.ts';
import { anthropicMessages } from './dialects/anthropic-messages.ts';
import { openAiChat } from './dialects/openai-chat.ts';
import { openAiAudio, openAiEmbeddings, openAiImages, unmetered, unread } from './dialects/openai-media.ts';
import { openAiResponses } from './dialects/openai-responses.ts';

const DIALECTS: Readonly<Partial<Record<Api, Dialect>>> = {
  'openai.chat_completions': openAiChat,
  'openai.completions': openAiChat,
  'openai.responses': openAiResponses,
  'openai.embeddings': openAiEmbeddings,
  'openai.images': openAiImages,
  'openai.audio_speech': openAiAudio,
  'openai.audio_transcriptions': openAiAudio,
  'openai.moderations': unmetered,
  'anthropic.messages': anthropicMessages,
  'anthropic.count_tokens': unmetered,
};

/** The reader of an API; `unread` for those that carry no usage. */
export function findDialect(api: Api): Dialect {
  return DIALECTS[api] ?? unread;
}
