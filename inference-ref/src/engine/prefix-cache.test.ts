import { expect, it } from 'vitest';
import type { CacheBlock } from './decoder.ts';
import { createPrefixCache } from './prefix-cache.ts';

type Cache = ReturnType<typeof createPrefixCache>;

/** Blocks that say which tokens they hold, and count who let go of them. */
function createBlocks() {
  const held = new Map<CacheBlock, readonly number[]>();
  const read = async (tokens: readonly number[]): Promise<CacheBlock> => {
    const release = () => void held.delete(block);
    const block = {
      tokens: tokens.length,
      bytes: tokens.length * 4,
      writeTo: async () => undefined,
      release,
    };
    held.set(block, tokens);
    return block;
  };
  return { held, read };
}

const blocks = createBlocks();
const remember = async (cache: Cache, tokens: readonly number[], salt = '') =>
  await cache.remember(Int32Array.from(tokens), salt, async (start, end) =>
    blocks.read(tokens.slice(start, end)),
  );
const matched = (cache: Cache, tokens: readonly number[], salt = '') =>
  cache.match(Int32Array.from(tokens), salt).flatMap((block) => blocks.held.get(block) ?? [Number.NaN]);

it('finds whole blocks of the same beginning and always leaves one token to feed', async () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 1000 });
  await remember(cache, [1, 2, 3, 4, 5]);
  expect(matched(cache, [1, 2, 3, 4, 9])).toEqual([1, 2, 3, 4]);
  expect(matched(cache, [1, 2, 3, 4])).toEqual([1, 2]);
  expect(matched(cache, [1, 9, 3, 4, 5])).toEqual([]);
});

it('never takes a block from behind other tokens', async () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 1000 });
  await remember(cache, [1, 2, 7, 8, 0]);
  await remember(cache, [3, 4, 5, 6, 0]);
  expect(matched(cache, [3, 4, 7, 8, 0])).toEqual([3, 4]);
});

it('keeps salts apart', async () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 1000 });
  await remember(cache, [1, 2, 3], 'a');
  expect(matched(cache, [1, 2, 3], 'b')).toEqual([]);
  expect(matched(cache, [1, 2, 3], 'a')).toEqual([1, 2]);
});

it('stays within its bytes and drops what was not used for longest', async () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 24 });
  for (const start of [10, 20, 30]) await remember(cache, [start, start, 0]);
  matched(cache, [10, 10, 0]);
  await remember(cache, [40, 40, 0]);
  expect(cache.stats.bytes).toBeLessThanOrEqual(24);
  expect(matched(cache, [10, 10, 0])).toEqual([10, 10]);
  expect(matched(cache, [20, 20, 0])).toEqual([]);
});

it('lets go of what it drops, and of what is larger than all it may hold', async () => {
  const before = blocks.held.size;
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 8 });
  await remember(cache, [1, 2, 3]);
  await remember(cache, [4, 5, 6]);
  expect(blocks.held.size - before).toBe(1);
  await remember(createPrefixCache({ blockTokens: 4, maxBytes: 8 }), [1, 2, 3, 4, 5]);
  expect(blocks.held.size - before).toBe(1);
});

it('holds nothing when turned off', async () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 0 });
  await remember(cache, [1, 2, 3]);
  expect(matched(cache, [1, 2, 3])).toEqual([]);
  expect(cache.stats.queriedTokens).toBe(0);
});
