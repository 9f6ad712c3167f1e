// Reads the few facts of a request that policies and the call's record need. Never parses messages, never throws.
import type { Api } from '@tollgate/contract';
import type { PromptSample, RequestFacts } from './answer-observer.ts';
import { type JsonMember, type JsonSlice, membersOf, skimObject, skipSpace } from './json-skim.ts';
import { multipartField } from './multipart-field.ts';

export interface RequestFactsOptions {
  readonly api: Api;
  readonly provider: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
type Draft = Mutable<RequestFacts>;

const SAMPLE_BYTES = 256 * 1024;
/** Where the sample is a copy, so that a large body is not held for the length of the call. */
const COPIED_SAMPLE_BYTES = 64 * 1024;
const SCALAR_BYTES = 1024;
const NO_MEMBERS: readonly JsonMember[] = [];

const OPERATIONS: Readonly<Partial<Record<Api, string>>> = {
  'openai.chat_completions': 'chat',
  'openai.completions': 'text_completion',
  'openai.responses': 'chat',
  'openai.embeddings': 'embeddings',
  'openai.images': 'image_generation',
  'openai.audio_speech': 'speech',
  'openai.audio_transcriptions': 'transcription',
  'openai.moderations': 'moderation',
  'openai.realtime': 'realtime',
  'anthropic.messages': 'chat',
  'anthropic.count_tokens': 'count_tokens',
  'google.generate_content': 'generate_content',
  'google.embed_content': 'embeddings',
  'google.count_tokens': 'count_tokens',
  'bedrock.converse': 'chat',
  'bedrock.invoke': 'text_completion',
  'cohere.chat': 'chat',
  'cohere.embed': 'embeddings',
  'cohere.rerank': 'rerank',
  'ollama.chat': 'chat',
  'ollama.generate': 'text_completion',
  'ollama.embed': 'embeddings',
  'tgi.generate': 'text_completion',
  'llamacpp.completion': 'text_completion',
};

/** Members that hold a request's settings one level down. */
const SETTINGS: ReadonlySet<string> = new Set([
  'generationConfig',
  'generation_config',
  'inferenceConfig',
  'textGenerationConfig',
  'options',
  'parameters',
]);
const OUTPUT_LIMITS: ReadonlySet<string> = new Set([
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'maxOutputTokens',
  'maxTokens',
  'maxTokenCount',
  'max_new_tokens',
  'max_gen_len',
  'max_tokens_to_sample',
  'num_predict',
  'n_predict',
]);
const TOOLS: ReadonlySet<string> = new Set(['tools', 'functions', 'toolConfig']);

/** The facts of a request. What is absent or unreadable stays empty. */
export function readRequestFacts({ api, provider, path, headers, body }: RequestFactsOptions): RequestFacts {
  const draft: Draft = {
    api,
    provider,
    operation: OPERATIONS[api] ?? '',
    requestedModel: '',
    stream: streamsByDefault(api),
    maxOutputTokens: null,
    temperature: null,
    hasTools: false,
    usageRequested: false,
    members: NO_MEMBERS,
    promptSample: sampleOf(body),
  };
  const contentType = String(headers['content-type'] ?? '');
  if (contentType.startsWith('multipart/')) readMultipart(body, draft);
  else if (api !== 'unknown') {
    draft.members = membersOf(body);
    for (const member of draft.members) readMember(body, member, draft);
  }
  readPath(api, path, draft);
  return draft;
}

function readMember(body: Buffer, value: JsonMember, draft: Draft): void {
  const { key } = value;
  if (key === 'model') draft.requestedModel = scalarString(body, value) || draft.requestedModel;
  else if (key === 'stream') draft.stream = body[value.start] === 0x74;
  else if (key === 'temperature') draft.temperature = scalarNumber(body, value) ?? draft.temperature;
  else if (TOOLS.has(key)) draft.hasTools ||= isFilled(body, value);
  else if (OUTPUT_LIMITS.has(key)) draft.maxOutputTokens = outputLimit(body, value) ?? draft.maxOutputTokens;
  else if (key === 'stream_options') {
    skimObject(
      body,
      (name, inner) => {
        if (name === 'include_usage') draft.usageRequested = body[inner.start] === 0x74;
      },
      value.start,
    );
  } else if (SETTINGS.has(key)) {
    skimObject(
      body,
      (name, inner) => {
        if (name === 'temperature') draft.temperature = scalarNumber(body, inner) ?? draft.temperature;
        else if (OUTPUT_LIMITS.has(name))
          draft.maxOutputTokens = outputLimit(body, inner) ?? draft.maxOutputTokens;
      },
      value.start,
    );
  }
}

function readMultipart(body: Buffer, draft: Draft): void {
  draft.requestedModel = multipartField(body, 'model');
  draft.stream = multipartField(body, 'stream') === 'true';
  const temperature = Number.parseFloat(multipartField(body, 'temperature'));
  if (Number.isFinite(temperature)) draft.temperature = temperature;
}

/** Models and streaming that the path tells: Azure deployments, Gemini and Vertex models, Bedrock model ids. */
function readPath(api: Api, path: string, draft: Draft): void {
  const query = path.indexOf('?');
  const bare = query < 0 ? path : path.slice(0, query);
  if (
    /:stream(Generate|Raw)/.test(bare) ||
    /\/(converse-stream|invoke-with-response-stream|generate_stream)$/.test(bare)
  ) {
    draft.stream = true;
  } else if (
    api.startsWith('bedrock.') ||
    api === 'google.generate_content' ||
    (api === 'tgi.generate' && bare.endsWith('/generate'))
  ) {
    draft.stream = false;
  }
  if (draft.requestedModel !== '' && !api.startsWith('google.')) return;
  const owned = api === 'tgi.generate' ? /\/models\/(.+)$/.exec(bare) : null;
  // Bedrock's ids may hold a colon, Google's paths have one behind the id.
  const named = /\/deployments\/([^/]+)\//.exec(bare) ?? /\/model\/([^/]+)/.exec(bare);
  const found = owned ?? named ?? /\/models\/([^/:]+)/.exec(bare);
  if (found?.[1] !== undefined && api !== 'openai.other') draft.requestedModel = decode(found[1]);
  if (draft.requestedModel === '' && api === 'openai.realtime') {
    const asked = new URLSearchParams(query < 0 ? '' : path.slice(query));
    draft.requestedModel = asked.get('model') ?? asked.get('deployment') ?? '';
  }
  if (api === 'openai.realtime') draft.stream = true;
}

function streamsByDefault(api: Api): boolean {
  return api === 'ollama.chat' || api === 'ollama.generate';
}

function sampleOf(body: Buffer): PromptSample {
  const bytes = body.length <= SAMPLE_BYTES ? body : Buffer.from(body.subarray(0, COPIED_SAMPLE_BYTES));
  return { bytes, bodyBytes: body.length };
}

function scalarString(body: Buffer, { start, end }: JsonSlice): string {
  if (body[start] !== 0x22 || end - start > SCALAR_BYTES) return '';
  try {
    const value: unknown = JSON.parse(body.toString('utf8', start, end));
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

function scalarNumber(body: Buffer, { start, end }: JsonSlice): number | null {
  const first = body[start];
  const numeric = first === 0x2d || (first !== undefined && first >= 0x30 && first <= 0x39);
  if (!numeric || end - start > 32) return null;
  const value = Number(body.toString('latin1', start, end));
  return Number.isFinite(value) ? value : null;
}

function outputLimit(body: Buffer, value: JsonSlice): number | null {
  const limit = scalarNumber(body, value);
  // Beyond what a record can hold it limits nothing.
  return limit === null || limit < 0 || limit > Number.MAX_SAFE_INTEGER ? null : Math.round(limit);
}

function isFilled(body: Buffer, { start, end }: JsonSlice): boolean {
  const first = body[start];
  if (first !== 0x5b && first !== 0x7b) return false;
  return skipSpace(body, start + 1) < end - 1;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
