// Keyed digests of what decides an answer, for finding duplicates and cacheable prefixes without storing a prompt.
// Works on the bytes as sent: the same request written with other white space counts as another.
import type { Api } from '@tollgate/contract';
import { type JsonSlice, skimArray, skimObject } from './json-skim.ts';
import { keyedDigest } from './keyed-digest.ts';

export interface PromptDigestOptions {
  readonly api: Api;
  readonly body: Buffer;
  /** Secret of this installation; digests of different keys never match. */
  readonly key: Buffer | string;
  /** Where the path names it and the body does not (Gemini, Bedrock, Azure). */
  readonly model?: string;
}

export interface PromptDigest {
  /** Hex; empty for a body that is no JSON object. */
  readonly promptDigest: string;
  readonly prefixDigests: readonly string[];
}

const PREFIXES = 32;
const MESSAGES: ReadonlySet<string> = new Set(['messages', 'contents', 'input', 'chat_history']);
/** What a cached prefix depends on besides its messages. */
const PREFIX_HEAD: ReadonlySet<string> = new Set([
  'model',
  'tools',
  'system',
  'systemInstruction',
  'system_instruction',
  'instructions',
  'toolConfig',
]);
/** Members that change how an answer is delivered or filed, not what it says. */
const UNDECIDING: ReadonlySet<string> = new Set([
  'stream',
  'stream_options',
  'user',
  'metadata',
  'store',
  'service_tier',
  'prompt_cache_key',
  'safety_identifier',
  'keep_alive',
]);

interface Member {
  readonly key: string;
  readonly value: JsonSlice;
}

/** Keyed digest of the deciding members, and of each growing message prefix (32 at most). Never throws. */
export function digestPrompt({ body, key, model = '' }: PromptDigestOptions): PromptDigest {
  const members: Member[] = [];
  skimObject(body, (name, value) => {
    if (!UNDECIDING.has(name)) members.push({ key: name, value });
  });
  if (members.length === 0) return { promptDigest: '', prefixDigests: [] };
  members.sort((a, b) => (a.key < b.key ? -1 : 1));
  const secret = typeof key === 'string' ? Buffer.from(key) : key;
  const whole: (Buffer | string)[] = [`${model}\n`];
  for (const member of members) addMember(whole, body, member);
  return {
    promptDigest: keyedDigest(secret, whole),
    prefixDigests: digestPrefixes(members, { body, key: secret, model }),
  };
}

interface DigestSource {
  readonly body: Buffer;
  readonly key: Buffer;
  readonly model: string;
}

function digestPrefixes(members: readonly Member[], { body, key, model }: DigestSource): string[] {
  const messages = members.find((member) => MESSAGES.has(member.key));
  if (messages === undefined) return [];
  const head: (Buffer | string)[] = [`prefix\n${model}\n`];
  for (const member of members) if (PREFIX_HEAD.has(member.key)) addMember(head, body, member);
  let chain = keyedDigest(key, head);
  return skimArray(body, messages.value.start, PREFIXES).map(({ start, end }) => {
    chain = keyedDigest(key, [chain, body.subarray(start, end)]);
    return chain;
  });
}

function addMember(parts: (Buffer | string)[], body: Buffer, { key, value }: Member): void {
  parts.push(`${key}:${value.end - value.start}:`, body.subarray(value.start, value.end));
}
