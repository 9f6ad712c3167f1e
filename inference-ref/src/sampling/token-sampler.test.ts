import { describe, expect, it } from 'vitest';
import { type GenerationParams, greedyParams } from './generation-params.ts';
import { createTokenSampler } from './token-sampler.ts';

const END = 0;

function sampler(params: Partial<GenerationParams>, promptTokens: readonly number[] = []) {
  return createTokenSampler({
    params: { ...greedyParams, ...params },
    promptTokens: Int32Array.from(promptTokens),
    endTokenIds: [END],
    freshSeed: 5,
  });
}

const draw = (params: Partial<GenerationParams>, logits: readonly number[], count: number) => {
  const each = sampler(params);
  return Array.from({ length: count }, () => each.choose(Float32Array.from(logits)).tokenId);
};

describe('greedy', () => {
  it('takes the highest, the first of equals', () => {
    expect(draw({}, [1, 3, 3, 2], 1)).toEqual([1]);
  });

  it('does not end before min_tokens, and never with ignore_eos', () => {
    expect(draw({ minTokens: 2 }, [9, 1, 2], 3)).toEqual([2, 2, END]);
    expect(draw({ ignoreEos: true }, [9, 1, 2], 3)).toEqual([2, 2, 2]);
    expect(draw({ minTokens: 1, stopTokenIds: [2] }, [0, 1, 9], 2)).toEqual([1, 2]);
  });

  it('applies bias, presence, frequency and repetition', () => {
    expect(draw({ logitBias: [[1, 100]] }, [5, 0, 4], 1)).toEqual([1]);
    expect(draw({ logitBias: [[99, 100]] }, [5, 0, 4], 1)).toEqual([0]);
    expect(draw({ presencePenalty: 1.5 }, [5, 0, 4], 3)).toEqual([0, 2, 0]);
    expect(draw({ frequencyPenalty: 0.6 }, [5, 0, 4], 4)).toEqual([0, 0, 2, 0]);
    expect(sampler({ repetitionPenalty: 2 }, [0]).choose(Float32Array.of(5, 1, 4)).tokenId).toBe(2);
    expect(sampler({ repetitionPenalty: 2 }, [0]).choose(Float32Array.of(-1, -9, -1.5)).tokenId).toBe(2);
  });

  it('takes nothing that is not allowed', () => {
    const allowed = Uint8Array.of(0, 1, 0);
    expect(sampler({}).choose(Float32Array.of(9, 1, 5), allowed).tokenId).toBe(1);
  });
});

describe('sampling', () => {
  const logits = [0, 1, 2, 3];

  it('repeats itself with the same seed and not with another', () => {
    const params = { temperature: 1, seed: 42 };
    expect(draw(params, logits, 50)).toEqual(draw(params, logits, 50));
    expect(draw(params, logits, 50)).not.toEqual(draw({ ...params, seed: 43 }, logits, 50));
  });

  it('draws with the probabilities of softmax at the temperature', () => {
    const temperature = 2;
    const weights = logits.map((logit) => Math.exp(logit / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    const count = 20_000;
    const drawn = draw({ temperature, seed: 1 }, logits, count);
    weights.forEach((weight, id) => {
      const share = drawn.filter((each) => each === id).length / count;
      expect(Math.abs(share - weight / total)).toBeLessThan(0.015);
    });
  });

  it.each([
    { params: { topK: 2 }, kept: [2, 3] },
    { params: { topP: 0.6 }, kept: [3] },
    { params: { topP: 0.8 }, kept: [2, 3] },
    { params: { minP: 0.2 }, kept: [2, 3] },
    { params: { topK: 3, topP: 0.9 }, kept: [2, 3] },
    { params: { topK: 1, topP: 0.01, minP: 1 }, kept: [3] },
  ])('keeps $kept with $params', ({ params, kept }) => {
    const drawn = new Set(draw({ temperature: 1, seed: 3, ...params }, logits, 500));
    expect([...drawn].sort()).toEqual(kept);
  });
});

describe('logprobs', () => {
  it('are the model’s own, before temperature and penalties, and sum to one', () => {
    const chosen = sampler({ temperature: 0.1, seed: 1, topLogprobs: 4, logitBias: [[0, 50]] }).choose(
      Float32Array.of(0, 1, 2, 3),
    );
    expect(chosen.tokenId).toBe(0);
    const total = (chosen.top ?? []).reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
    expect(total).toBeCloseTo(1, 6);
    expect((chosen.top ?? []).map(({ tokenId }) => tokenId)).toEqual([3, 2, 1, 0]);
    expect(chosen.logprob).toBeCloseTo(chosen.top?.at(-1)?.logprob ?? 0, 9);
  });
});
