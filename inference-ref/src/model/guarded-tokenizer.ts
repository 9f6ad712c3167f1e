// Tells the special tokens that a chat template wrote from the same texts typed into a message. Before rendering, such
// texts are hidden behind masks; afterwards the template's tokens get names that nobody can type, the masks are lifted,
// and a tokenizer that knows its special tokens by these names alone does the rest.

import { randomBytes } from 'node:crypto';
import { Tokenizer } from '@huggingface/tokenizers';

export interface GuardedTokenizer {
  /** A copy of what goes into the template, with every special token's text in it hidden, names of fields included. */
  mask<Value>(value: Value): Value;
  encode(rendered: string): number[];
}

interface AddedToken {
  readonly content: string;
  readonly special: boolean;
}

type Json = Readonly<Record<string, unknown>>;

export function createGuardedTokenizer(tokenizerJson: Json, config: Json): GuardedTokenizer {
  const added = (tokenizerJson['added_tokens'] ?? []) as readonly AddedToken[];
  const specials = added
    .filter(({ special, content }) => special && content !== '')
    .map(({ content }) => content);
  const nonce = randomBytes(12).toString('hex');
  const maskAt = (index: number) => `\uE000${nonce}.${index}\uE001`;
  const nameAt = (index: number) => `\uE002${nonce}.${index}\uE003`;
  const places = new Map(specials.map((text, index) => [text, index]));
  const placeOf = (text: string) => places.get(text) ?? -1;
  const nameOf = (text: string) => (places.has(text) ? nameAt(placeOf(text)) : text);
  // The longest first, as the tokenizer looks for them.
  const byLength = [...specials].sort((a, b) => b.length - a.length).map(escapeRegExp);
  const anySpecial = specials.length === 0 ? /(?!)/ : new RegExp(byLength.join('|'), 'g');
  const anyMask = new RegExp(`\uE000${nonce}\\.(\\d+)\uE001`, 'g');
  const tokenizer = new Tokenizer(renamed(tokenizerJson, nameOf), config);
  const hide = (text: string) => text.replace(anySpecial, (found) => maskAt(placeOf(found)));
  const mask = (value: unknown): unknown => {
    if (typeof value === 'string') return hide(value);
    if (Array.isArray(value)) return value.map(mask);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [hide(key), mask(each)]));
  };
  return {
    mask: <Value>(value: Value) => mask(value) as Value,
    encode(rendered) {
      const named = rendered.replace(anySpecial, nameOf);
      const text = named.replace(anyMask, (_, index: string) => specials[Number(index)] ?? '');
      return tokenizer.encode(text, { add_special_tokens: false }).ids;
    },
  };
}

/** The same tokenizer with other names for some tokens, in the vocabulary as well: a Unigram model finds them there. */
function renamed(tokenizerJson: Json, nameOf: (text: string) => string): Json {
  const added = (tokenizerJson['added_tokens'] ?? []) as readonly AddedToken[];
  const model = tokenizerJson['model'] as { vocab?: unknown } | undefined;
  const vocab = model?.vocab;
  const newVocab = Array.isArray(vocab)
    ? vocab.map(([piece, score]: [string, number]) => [nameOf(piece), score])
    : Object.fromEntries(Object.entries(vocab ?? {}).map(([piece, id]) => [nameOf(piece), id]));
  return {
    ...tokenizerJson,
    added_tokens: added.map((token) =>
      token.special ? { ...token, content: nameOf(token.content) } : token,
    ),
    model: { ...model, vocab: newVocab },
  };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
