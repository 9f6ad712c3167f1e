import { expect, it } from 'vitest';
import { createEmbeddingQueue } from './embedding-queue.ts';

const TOO_MUCH = 9;

it('embeds in turn, and fails a text alone', async () => {
  const queue = createEmbeddingQueue({
    async embed(tokens) {
      if (tokens[0] === TOO_MUCH) throw new Error('out of memory');
      return Float32Array.from(tokens);
    },
  });
  [1, TOO_MUCH, 3].forEach((token, id) => void queue.push({ id, tokens: Int32Array.of(token) }));
  expect(queue.length).toBe(3);
  expect(await queue.next()).toEqual({ type: 'embedding', id: 0, vector: Float32Array.of(1) });
  expect(await queue.next()).toEqual({ type: 'embedding_failed', id: 1, message: 'out of memory' });
  expect(await queue.next()).toEqual({ type: 'embedding', id: 2, vector: Float32Array.of(3) });
  expect(await queue.next()).toBeUndefined();
});
