// Tells by provider, method and path which API a request speaks. An unknown one passes through as `unknown`.
import type { Api } from '@tollgate/contract';

export interface ApiRequest {
  readonly provider: string;
  readonly method: string;
  /** Path below the upstream's base URL, query string allowed: `/v1/chat/completions?x=1`. */
  readonly path: string;
}

interface Route {
  readonly pattern: RegExp;
  readonly api: Api;
  /** GET is a call of its own here (a list, a file's content); elsewhere only POST generates. */
  readonly anyMethod?: boolean;
}

const OPENAI: readonly Route[] = [
  { pattern: /\/chat\/completions$/, api: 'openai.chat_completions' },
  { pattern: /\/responses$/, api: 'openai.responses' },
  { pattern: /(?<!chat)\/completions$/, api: 'openai.completions' },
  { pattern: /\/embeddings$/, api: 'openai.embeddings' },
  { pattern: /\/images\/(generations|edits|variations)$/, api: 'openai.images' },
  { pattern: /\/audio\/speech$/, api: 'openai.audio_speech' },
  { pattern: /\/audio\/(transcriptions|translations)$/, api: 'openai.audio_transcriptions' },
  { pattern: /\/moderations$/, api: 'openai.moderations' },
  { pattern: /\/realtime$/, api: 'openai.realtime', anyMethod: true },
  {
    pattern:
      /\/(models|files|batches|uploads|responses|conversations|vector_stores|fine_tuning|assistants|threads|evals|containers|realtime|videos|chat\/completions|fim\/completions)(\/|$)/,
    api: 'openai.other',
    anyMethod: true,
  },
];

const ANTHROPIC: readonly Route[] = [
  { pattern: /\/messages$/, api: 'anthropic.messages' },
  { pattern: /\/messages\/count_tokens$/, api: 'anthropic.count_tokens' },
];
const ANTHROPIC_OTHER: readonly Route[] = [
  {
    pattern: /\/(messages|complete|models|files|batches|skills)(\/|$)/,
    api: 'anthropic.other',
    anyMethod: true,
  },
];

const GOOGLE: readonly Route[] = [
  { pattern: /:(stream)?[gG]enerateContent$/, api: 'google.generate_content' },
  { pattern: /:(batchEmbedContents|embedContent)$/, api: 'google.embed_content' },
  { pattern: /publishers\/google\/models\/[^/]*embedding[^/]*:predict$/, api: 'google.embed_content' },
  { pattern: /:countTokens$/, api: 'google.count_tokens' },
  {
    pattern: /publishers\/anthropic\/models\/count-tokens[^/]*:(rawPredict|streamRawPredict)$/,
    api: 'anthropic.count_tokens',
  },
  {
    pattern: /publishers\/anthropic\/models\/[^/]+:(rawPredict|streamRawPredict)$/,
    api: 'anthropic.messages',
  },
];
const GOOGLE_OTHER: readonly Route[] = [
  {
    pattern: /\/(models|files|cachedContents|operations|tunedModels|publishers|endpoints)(\/|:|$)/,
    api: 'google.other',
    anyMethod: true,
  },
];

const BEDROCK: readonly Route[] = [
  { pattern: /\/model\/[^/]+\/converse(-stream)?$/, api: 'bedrock.converse' },
  { pattern: /\/model\/[^/]+\/invoke(-with-response-stream)?$/, api: 'bedrock.invoke' },
];

const COHERE: readonly Route[] = [
  { pattern: /\/v[12]\/chat$/, api: 'cohere.chat' },
  { pattern: /\/v1\/generate$/, api: 'cohere.chat' },
  { pattern: /\/v[12]\/embed$/, api: 'cohere.embed' },
  { pattern: /\/v[12]\/rerank$/, api: 'cohere.rerank' },
];

const OLLAMA: readonly Route[] = [
  { pattern: /\/api\/chat$/, api: 'ollama.chat' },
  { pattern: /\/api\/generate$/, api: 'ollama.generate' },
  { pattern: /\/api\/embed(dings)?$/, api: 'ollama.embed' },
];

const TGI: readonly Route[] = [
  { pattern: /\/generate(_stream)?$/, api: 'tgi.generate' },
  { pattern: /^\/?$/, api: 'tgi.generate' },
  { pattern: /^\/models\/[^/]+(\/[^/]+)?$/, api: 'tgi.generate' },
];
const LLAMACPP: readonly Route[] = [{ pattern: /\/(completions?|infill)$/, api: 'llamacpp.completion' }];

/** The routes of each provider in the order in which they are tried; OpenAI's paths come last for everybody else. */
const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  anthropic: [...ANTHROPIC, ...OPENAI.slice(0, 1), ...ANTHROPIC_OTHER],
  google: [...GOOGLE, ...OPENAI.slice(0, 5), ...GOOGLE_OTHER],
  vertex: [...GOOGLE, ...OPENAI.slice(0, 5), ...GOOGLE_OTHER],
  bedrock: [...BEDROCK, ...OPENAI.slice(0, 4)],
  cohere: [...COHERE, ...OPENAI],
  ollama: [...OLLAMA, ...ANTHROPIC, ...OPENAI],
  tgi: [...OPENAI.slice(0, 3), ...TGI, ...OPENAI],
  huggingface: [...OPENAI.slice(0, 4), ...TGI, ...OPENAI],
  llamacpp: [
    ...ANTHROPIC,
    { pattern: /^\/completions?$/, api: 'llamacpp.completion' },
    ...OPENAI,
    ...LLAMACPP,
  ],
};
const COMPATIBLE: readonly Route[] = [...OPENAI, ...ANTHROPIC];

/** The API a request speaks. Costs a few regular expressions on the path; never throws. */
export function recogniseApi({ provider, method, path }: ApiRequest): Api {
  const query = path.indexOf('?');
  const bare = trimSlash(query < 0 ? path : path.slice(0, query));
  const posted = method === 'POST';
  for (const route of ROUTES[provider] ?? COMPATIBLE) {
    if ((posted || route.anyMethod === true) && route.pattern.test(bare)) return route.api;
  }
  return 'unknown';
}

function trimSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
