import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { expect, it } from 'vitest';
import { estimateTokens } from './token-estimate.ts';

const estimate = async (text: string, share = 1) => await estimateTokens({ text, share });

it('counts prose as its tokenizer does', async () => {
  const text = 'The ship, whose captain had met the whale at noon, went on (as ships do). '.repeat(200);
  expect(await estimate(text)).toBe(encode(text).length);
  expect(await estimate('Call me Ishmael.')).toBe(encode('Call me Ishmael.').length);
});

it.each([
  ['one letter', 'a'],
  ['characters of three bytes', '漢'],
  ['characters of four bytes', '👋'],
  ['line breaks', '\n'],
])('counts a long run of %s in slices, and nearly as its tokenizer does', async (_, character) => {
  const whole = encode(character.repeat(2000)).length;
  const sliced = await estimate(character.repeat(2000));
  expect(sliced).toBeGreaterThanOrEqual(whole);
  expect(sliced).toBeLessThanOrEqual(whole * 1.02 + 16);
});

it('lets others have their turn', async () => {
  await estimate('warm');
  let turns = 0;
  let isDone = false;
  const take = () => {
    turns += 1;
    if (!isDone) setImmediate(take);
  };
  setImmediate(take);
  await estimate('-'.repeat(32_768));
  isDone = true;
  expect(turns).toBeGreaterThan(100);
});

it('scales up by the share that was kept, and counts nothing as nothing', async () => {
  expect(await estimate('Call me Ishmael.', 0.5)).toBe(2 * encode('Call me Ishmael.').length);
  expect(await estimate('')).toBe(0);
});
