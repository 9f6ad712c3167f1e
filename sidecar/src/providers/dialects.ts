// The registry: which reader reads the answers of which API.
import type { Api } from '@tollgate/contract';
import type { Dialect } from './dialect.ts';
import { anthropicMessages } from './dialects/anthropic-messages.ts';
import { bedrockConverse } from './dialects/bedrock-converse.ts';
import { bedrockInvoke } from './dialects/bedrock-invoke.ts';
import { cohereChat, cohereUnits } from './dialects/cohere-chat.ts';
import { googleContent, googleEmbeddings } from './dialects/google-content.ts';
import { llamaCppCompletion, tgiGenerate } from './dialects/local-servers.ts';
import { ollamaChat, ollamaEmbed } from './dialects/ollama-chat.ts';
import { openAiChat } from './dialects/openai-chat.ts';
import { openAiAudio, openAiEmbeddings, openAiImages, unmetered, unread } from './dialects/openai-media.ts';
import { openAiRealtime } from './dialects/openai-realtime.ts';
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
  'openai.realtime': openAiRealtime,
  'anthropic.messages': anthropicMessages,
  'anthropic.count_tokens': unmetered,
  'google.generate_content': googleContent,
  'google.embed_content': googleEmbeddings,
  'google.count_tokens': unmetered,
  'bedrock.converse': bedrockConverse,
  'bedrock.invoke': bedrockInvoke,
  'cohere.chat': cohereChat,
  'cohere.embed': cohereUnits,
  'cohere.rerank': cohereUnits,
  'ollama.chat': ollamaChat,
  'ollama.generate': ollamaChat,
  'ollama.embed': ollamaEmbed,
  'tgi.generate': tgiGenerate,
  'llamacpp.completion': llamaCppCompletion,
};

/** The reader of an API; `unread` for those that carry no usage. */
export function findDialect(api: Api): Dialect {
  return DIALECTS[api] ?? unread;
}
