import { expect, it } from 'vitest';
import { createCompletionDialect } from './completion-dialect.ts';

it('streams the text offsets of each choice by themselves', () => {
  const dialect = createCompletionDialect({
    ...{ kind: 'text', id: 'cmpl-1', created: 0, model: 'm', wantsLogprobs: true, echo: null },
    tokenText: (tokenId) => ({ text: 'x'.repeat(tokenId), bytes: Buffer.alloc(tokenId) }),
  });
  const offsetsOf = (choice: number, tokenIds: number[]): unknown => {
    const tokens = tokenIds.map((tokenId) => ({ tokenId, logprob: -1 }));
    const content = { kind: 'text', text: 'x' } as const;
    const chunk = dialect.chunk({ choice, content, tokens, isFirst: false, usage: null });
    return JSON.parse(chunk).choices[0].logprobs.text_offset;
  };
  expect([offsetsOf(0, [2]), offsetsOf(1, [5, 1]), offsetsOf(0, [3, 1]), offsetsOf(1, [1])]).toEqual([
    ...[[0], [0, 5]],
    ...[[2, 5], [6]],
  ]);
});
