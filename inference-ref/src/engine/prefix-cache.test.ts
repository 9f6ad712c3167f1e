import { expect, it } from 'vitest';
import type { KvBlock } from './kv-slab.ts';
import { createPrefixCache } from './prefix-cache.ts';

const reader =
  (tokens: readonly number[]) =>
  (start: number, end: number): KvBlock => ({
    parts: [Float32Array.from(tokens.slice(start, end))],
    tokens: end - start,
    bytes: (end - start) * 4,
  });
const remember = (cache: ReturnType<typeof createPrefixCache>, tokens: readonly number[], salt = '') =>
  cache.remember(Int32Array.from(tokens), salt, reader(tokens));
const matched = (cache: ReturnType<typeof createPrefixCache>, tokens: readonly number[], salt = '') =>
  cache.match(Int32Array.from(tokens), salt).flatMap(({ parts }) => Array.from(parts[0] ?? []));

it('finds whole blocks of the same beginning and always leaves one token to feed', () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 1000 });
  remember(cache, [1, 2, 3, 4, 5]);
  expect(matched(cache, [1, 2, 3, 4, 9])).toEqual([1, 2, 3, 4]);
  expect(matched(cache, [1, 2, 3, 4])).toEqual([1, 2]);
  expect(matched(cache, [1, 9, 3, 4, 5])).toEqual([]);
});

it('never takes a block from behind other tokens', () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 1000 });
  remember(cache, [1, 2, 7, 8, 0]);
  remember(cache, [3, 4, 5, 6, 0]);
  expect(matched(cache, [3, 4, 7, 8, 0])).toEqual([3, 4]);
});

it('keeps salts apart', () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 1000 });
  remember(cache, [1, 2, 3], 'a');
  expect(matched(cache, [1, 2, 3], 'b')).toEqual([]);
  expect(matched(cache, [1, 2, 3], 'a')).toEqual([1, 2]);
});

it('stays within its bytes and drops what was not used for longest', () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 24 });
  for (const start of [10, 20, 30]) remember(cache, [start, start, 0]);
  matched(cache, [10, 10, 0]);
  remember(cache, [40, 40, 0]);
  expect(cache.stats.bytes).toBeLessThanOrEqual(24);
  expect(matched(cache, [10, 10, 0])).toEqual([10, 10]);
  expect(matched(cache, [20, 20, 0])).toEqual([]);
});

it('holds nothing when turned off', () => {
  const cache = createPrefixCache({ blockTokens: 2, maxBytes: 0 });
  remember(cache, [1, 2, 3]);
  expect(matched(cache, [1, 2, 3])).toEqual([]);
  expect(cache.stats.queriedTokens).toBe(0);
});
