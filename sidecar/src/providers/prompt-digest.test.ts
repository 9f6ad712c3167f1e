import { expect, it } from 'vitest';
import { membersOf } from './json-skim.ts';
import { createPromptDigester, type PromptDigest } from './prompt-digest.ts';

const message = (content: string) => ({ role: 'user', content });
const base = { model: 'm', temperature: 0, messages: [message('a'), message('b')] };

function digestBytes(body: Buffer, { key = 'key', model = '' } = {}): PromptDigest {
  return createPromptDigester(Buffer.from(key))({ body, members: membersOf(body), model });
}

function digest(request: object, options: { key?: string; model?: string } = {}): PromptDigest {
  return digestBytes(Buffer.from(JSON.stringify(request)), options);
}

it('is the same for the same question, however it is delivered', () => {
  const wanted = digest(base).promptDigest;
  expect(wanted).toMatch(/^[0-9a-f]{64}$/);
  expect(digest({ ...base, stream: true, user: 'u', metadata: { a: 1 } }).promptDigest).toBe(wanted);
  expect(digest({ messages: base.messages, temperature: 0, model: 'm' }).promptDigest).toBe(wanted);
});

it.each([
  ['another message', { ...base, messages: [message('a')] }],
  ['another model', { ...base, model: 'n' }],
  ['other sampling', { ...base, temperature: 1 }],
  ['tools', { ...base, tools: [{}] }],
])('differs for %s', (_title, request) => {
  expect(digest(request).promptDigest).not.toBe(digest(base).promptDigest);
});

it('differs for another key and another model in the path', () => {
  expect(digest(base, { key: 'other' }).promptDigest).not.toBe(digest(base).promptDigest);
  expect(digest(base, { model: 'x' }).promptDigest).not.toBe(digest(base).promptDigest);
});

it('chains the prefixes: what begins alike has the same first digests', () => {
  const first = digest(base).prefixDigests;
  const longer = digest({ ...base, messages: [...base.messages, message('c')] }).prefixDigests;
  expect(longer).toHaveLength(3);
  expect(longer.slice(0, 2)).toEqual(first);
  expect(digest({ ...base, messages: [message('x'), message('b')] }).prefixDigests[1]).not.toBe(first[1]);
  expect(digest({ ...base, tools: [{}] }).prefixDigests[0]).not.toBe(first[0]);
});

it('keeps 32 prefixes at most, and none of a body that is no JSON', () => {
  const messages = Array.from({ length: 40 }, (_, index) => message(String(index)));
  expect(digest({ ...base, messages }).prefixDigests).toHaveLength(32);
  expect(digestBytes(Buffer.from('no json'))).toEqual({ promptDigest: '', prefixDigests: [] });
});

it('tells prompts apart that differ behind the 32nd message alone', () => {
  const messages = Array.from({ length: 40 }, (_, index) => message(String(index)));
  const other = [...messages.slice(0, 39), message('x')];
  expect(digest({ ...base, messages: other }).prefixDigests).toEqual(
    digest({ ...base, messages }).prefixDigests,
  );
  expect(digest({ ...base, messages: other }).promptDigest).not.toBe(
    digest({ ...base, messages }).promptDigest,
  );
});

it('takes messages that are no list, and lists without elements, into the prompt', () => {
  const asked = (input: unknown): PromptDigest => digest({ model: 'm', input });
  expect(asked('a').prefixDigests).toEqual([]);
  expect(new Set([asked('a'), asked('b'), asked([])].map((found) => found.promptDigest)).size).toBe(3);
});
