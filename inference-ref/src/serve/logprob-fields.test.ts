import { describe, expect, it } from 'vitest';
import { createTextLogprobs, type TokenTextOf } from './logprob-fields.ts';

const END = 9;
const tokenText: TokenTextOf = (tokenId) =>
  tokenId === END
    ? { text: '<|end|>', bytes: new Uint8Array(0) }
    : { text: `t${tokenId}`, bytes: Buffer.from(`t${tokenId}`) };
const top = [
  { tokenId: 1, logprob: -0.5 },
  { tokenId: 2, logprob: -1 },
];

describe('logprobs of a text completion', () => {
  it('go on counting from piece to piece; special tokens have a name and no length', () => {
    const next = createTextLogprobs(tokenText);
    const tokens = [1, 2, END, 3].map((tokenId) => ({ tokenId, logprob: -1 }));
    expect(next(tokens.slice(0, 1))).toMatchObject({ tokens: ['t1'], text_offset: [0] });
    expect(next(tokens.slice(1))).toMatchObject({ tokens: ['t2', '<|end|>', 't3'], text_offset: [2, 4, 4] });
  });

  it('always name the token that was drawn, and it once', () => {
    const topOf = (token: { tokenId: number; logprob: number; top?: typeof top }) =>
      createTextLogprobs(tokenText)([token]).top_logprobs;
    expect(topOf({ tokenId: 3, logprob: -4, top })).toEqual([{ t1: -0.5, t2: -1, t3: -4 }]);
    expect(topOf({ tokenId: 2, logprob: -1, top })).toEqual([{ t1: -0.5, t2: -1 }]);
    expect(topOf({ tokenId: 3, logprob: -4, top: [] })).toEqual([{ t3: -4 }]);
  });
});
