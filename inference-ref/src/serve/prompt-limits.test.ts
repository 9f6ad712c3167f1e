import { expect, it } from 'vitest';
import { allowedTokens, checkTextLength } from './prompt-limits.ts';

const tokenBytes = { bytes: new Uint8Array(0), offsets: new Uint32Array(1), longestBytes: 8 };

it('refuses a text whose bytes alone prove that it is too long', () => {
  const limits = { contextTokens: 10, tokenBytes };
  checkTextLength(['x'.repeat(80)], limits);
  expect(() => checkTextLength(['x'.repeat(81)], limits)).toThrow(/at least 11 tokens/);
  expect(() => checkTextLength(['é'.repeat(41)], limits)).toThrow(/context is 10 tokens/);
  expect(() => checkTextLength(['x'.repeat(50), 'x'.repeat(50)], limits)).toThrow();
});

it('gives all the room there is where nothing was asked for, and never more', () => {
  const prompt = new Int32Array(6);
  expect(allowedTokens(prompt, undefined, 10)).toBe(4);
  expect(allowedTokens(prompt, 4, 10)).toBe(4);
  expect(() => allowedTokens(prompt, 5, 10)).toThrow(/6 tokens of input and 5 of output/);
  expect(() => allowedTokens(new Int32Array(10), null, 10)).toThrow(/leaves no room/);
});
