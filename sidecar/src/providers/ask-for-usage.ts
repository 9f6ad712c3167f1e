// Asks an OpenAI-style stream to report usage, by inserting `stream_options.include_usage` into the request's bytes.
// Changes nothing else, and nothing at all where the provider reports usage anyway or refuses unknown members.
import type { RequestFacts } from './answer-observer.ts';
import { type JsonSlice, skimObject, skipSpace } from './json-skim.ts';

const ACCEPTING: ReadonlySet<string> = new Set([
  'openai',
  'azure',
  'deepseek',
  'together',
  'fireworks',
  'ollama',
  'vllm',
  'tgi',
  'llamacpp',
  'huggingface',
  'google',
  'vertex',
  'openai-compatible',
]);

export type UsageFacts = Pick<RequestFacts, 'api' | 'provider' | 'stream' | 'usageRequested'>;

/** The body with usage asked for, or null where there is nothing to do. */
export function askForUsage(body: Buffer, facts: UsageFacts): Buffer | null {
  const { api, provider, stream, usageRequested } = facts;
  if (!stream || usageRequested || !ACCEPTING.has(provider)) return null;
  if (api !== 'openai.chat_completions' && api !== 'openai.completions') return null;
  let options: JsonSlice | null = null;
  let last: JsonSlice | null = null;
  skimObject(body, (key, value) => {
    if (key === 'stream_options') options = value;
    last = value;
  });
  if (last === null) return null;
  return options === null ? insertOptions(body) : setInOptions(body, options);
}

/** Puts the member first, right behind the opening brace. */
function insertOptions(body: Buffer): Buffer {
  const open = body.indexOf('{');
  const head = body.subarray(0, open + 1);
  return Buffer.concat([
    head,
    Buffer.from('"stream_options":{"include_usage":true},'),
    body.subarray(open + 1),
  ]);
}

function setInOptions(body: Buffer, options: JsonSlice): Buffer {
  let held: JsonSlice | null = null;
  if (body[options.start] !== 0x7b) return splice(body, options, '{"include_usage":true}');
  skimObject(
    body,
    (key, value) => {
      if (key === 'include_usage') held = value;
    },
    options.start,
  );
  if (held !== null) return splice(body, held, 'true');
  const inside = skipSpace(body, options.start + 1);
  const comma = inside === options.end - 1 ? '' : ',';
  return splice(body, { start: options.start, end: options.start + 1 }, `{"include_usage":true${comma}`);
}

function splice(body: Buffer, { start, end }: JsonSlice, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)]);
}
