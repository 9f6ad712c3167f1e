// Keyed digests of what decides an answer, for finding duplicates and cacheable prefixes without storing a prompt.
// Works on the bytes as sent: a message written with other white space counts as another.
import { type JsonMember, skimArray } from './json-skim.ts';
import { createKeyedText, type KeyedText } from './keyed-text.ts';

export interface DigestedRequest {
  readonly body: Buffer;
  /** The body's members, as `membersOf` finds them. */
  readonly members: readonly JsonMember[];
  /** Where the path names it and the body does not (Gemini, Bedrock, Azure). */
  readonly model?: string;
}

export interface PromptDigest {
  /** Hex; empty for a body that is no JSON object. */
  readonly promptDigest: string;
  readonly prefixDigests: string[];
}

/** Keyed digest of the deciding members, and of each growing message prefix (32 at most). Never throws. */
export type DigestPrompt = (request: DigestedRequest) => PromptDigest;

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
/** Values that are gathered in a string, in place of a native copy for each. */
const SMALL_BYTES = 64;
const NOTHING: PromptDigest = { promptDigest: '', prefixDigests: [] };

/** `key`: secret of this installation; digests of different keys never match. */
export function createPromptDigester(key: Buffer): DigestPrompt {
  const text = createKeyedText(key);
  return ({ body, members, model = '' }) => {
    const deciding = decidingMembers(members);
    if (deciding.length === 0) return NOTHING;
    const messages = deciding.find((member) => MESSAGES.has(member.key));
    const elements = messages === undefined ? [] : skimArray(body, messages.start, PREFIXES);
    const prefixDigests: string[] = [];
    // The first link takes in the head, each further one the link before it; so each byte is read once.
    if (elements.length > 0) {
      let small = `prefix\n${model}\n`;
      for (const member of deciding) {
        if (PREFIX_HEAD.has(member.key)) small = addMember(text, small, body, member);
      }
      text.add(small);
    }
    for (const { start, end } of elements) {
      const before = prefixDigests.at(-1);
      if (before !== undefined) text.add(before);
      text.addBytes(body, start, end);
      prefixDigests.push(text.digest());
    }
    let small = `prompt\n${model}\n`;
    for (const member of deciding) {
      if (member !== messages || elements.length === 0) small = addMember(text, small, body, member);
    }
    text.add(small);
    if (messages !== undefined && elements.length > 0) {
      text.add(`${messages.key}=${prefixDigests.at(-1)}`);
      text.addBytes(body, elements.at(-1)?.end ?? messages.end, messages.end);
    }
    return { promptDigest: text.digest(), prefixDigests };
  };
}

/** In the order of their names, since clients write them in any. */
function decidingMembers(members: readonly JsonMember[]): JsonMember[] {
  const deciding: JsonMember[] = [];
  for (const member of members) {
    if (UNDECIDING.has(member.key)) continue;
    let at = deciding.length;
    for (let before = deciding[at - 1]; before !== undefined && before.key > member.key; ) {
      deciding[at] = before;
      at -= 1;
      before = deciding[at - 1];
    }
    deciding[at] = member;
  }
  return deciding;
}

/** Adds a member behind the small ones that were gathered so far, or to them: one native write takes many of those. */
function addMember(text: KeyedText, small: string, body: Buffer, { key, start, end }: JsonMember): string {
  const head = `${small}${key}:${end - start}:`;
  if (end - start <= SMALL_BYTES) return head + body.toString('latin1', start, end);
  text.add(head);
  text.addBytes(body, start, end);
  return '';
}
