import { expect, it } from 'vitest';
import { bytesOfToken } from '../engine/token-text.ts';
import { createTokenTextOf, readSpecialTokens, readTokenBytes } from './token-bytes.ts';

const textOf = (tokenizer: object, id: number) =>
  new TextDecoder().decode(bytesOfToken(readTokenBytes(tokenizer), id));
const special = [{ id: 0, content: '<|end|>', special: true }];

it('turns byte-level pieces into their bytes, special tokens into none', () => {
  const tokenizer = {
    added_tokens: special,
    decoder: { type: 'ByteLevel' },
    model: { vocab: { '<|end|>': 0, Ġthe: 1, Ċ: 2, 'Ã©': 3 } },
  };
  expect([0, 1, 2, 3].map((id) => textOf(tokenizer, id))).toEqual(['', ' the', '\n', 'é']);
  expect(readTokenBytes(tokenizer).longestBytes).toBe(7);
});

it('turns SentencePiece pieces and byte fallbacks into their bytes', () => {
  const tokenizer = {
    added_tokens: [...special, { id: 4, content: '<tool>', special: false }],
    decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }] },
    model: { vocab: { '<|end|>': 0, '▁the': 1, '<0x0A>': 2, é: 3, '<tool>': 4 } },
  };
  expect([0, 1, 2, 3, 4].map((id) => textOf(tokenizer, id))).toEqual(['', ' the', '\n', 'é', '<tool>']);
});

it('names special tokens, which add no bytes to a text', () => {
  const tokenizer = {
    added_tokens: [...special, { id: 1, content: '<tool>', special: false }],
    decoder: { type: 'ByteLevel' },
    model: { vocab: { Ġthe: 2 } },
  };
  const tokenText = createTokenTextOf(readTokenBytes(tokenizer), readSpecialTokens(tokenizer));
  expect([0, 1, 2].map((id) => tokenText(id).text)).toEqual(['<|end|>', '<tool>', ' the']);
  expect([0, 1, 2].map((id) => tokenText(id).bytes.length)).toEqual([0, 6, 4]);
  expect(readSpecialTokens({}).size).toBe(0);
});
