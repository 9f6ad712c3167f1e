import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generationParams, samplingFields } from './sampling-fields.ts';

const schema = z.object(samplingFields);
const directory = {
  ...{ name: 'm', path: '', modelFile: '', weightBytes: 0, createdAt: 0, contextTokens: 10, endTokenIds: [] },
  ...{ defaultTemperature: 1, defaultTopP: 1, defaultTopK: 0 },
};
const paramsOf = (fields: object) =>
  generationParams({
    ...{ fields: schema.parse(fields), directory, vocabSize: 100 },
    ...{ maxTokens: 5, topLogprobs: null, grammar: null },
  });

describe('seed', () => {
  it.each([0, -1, 42, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])('%d stands as it is', (seed) =>
    expect(paramsOf({ seed }).seed).toBe(seed),
  );

  it.each(['9223372036854775807', '-9223372036854775808', '9007199254740993', '1234567890123456789'])(
    '%s is taken, and leaves room to count up from',
    (text) => {
      const seed = paramsOf({ seed: JSON.parse(text) }).seed ?? Number.NaN;
      expect(seed).toBe(paramsOf({ seed: JSON.parse(text) }).seed);
      expect(Number.isSafeInteger(seed) && Number.isSafeInteger(seed + 128)).toBe(true);
    },
  );

  it.each([1.5, 2 ** 64, -(2 ** 64), 1e300])('%d is refused', (seed) =>
    expect(schema.safeParse({ seed }).success).toBe(false),
  );
});

describe('logit_bias', () => {
  const biases = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, id) => [String(id), 1]));

  it('is of tokens that the vocabulary has', () => {
    expect(paramsOf({ logit_bias: { '99': -100, '3': 2 } }).logitBias).toEqual([
      [3, 2],
      [99, -100],
    ]);
    expect(() => paramsOf({ logit_bias: { '100': 1 } })).toThrow('token 100 is not in the vocabulary');
  });

  it('is of no more tokens than can be looked at each time', () => {
    expect(schema.safeParse({ logit_bias: biases(1_024) }).success).toBe(true);
    expect(schema.safeParse({ logit_bias: biases(1_025) }).error?.message).toMatch(/at most 1024 tokens/);
  });
});
