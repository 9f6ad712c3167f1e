// Remembers the cache contents of prompt beginnings in blocks of fixed length, chained so that a block is found only
// behind the very tokens it was computed behind. Keys are the tokens themselves: nothing can collide.

import { LRUCache } from 'lru-cache';
import type { CacheBlock } from './decoder.ts';

export interface PrefixCache {
  /** Blocks of the longest known beginning of `tokens`, leaving at least one token to feed. */
  match(tokens: Int32Array, salt: string): readonly CacheBlock[];
  /** Remembers the whole blocks of `tokens`; `read` copies positions out of the row that holds them. */
  remember(tokens: Int32Array, salt: string, read: ReadBlock): Promise<void>;
  readonly stats: PrefixCacheStats;
}

export type ReadBlock = (start: number, end: number) => Promise<CacheBlock>;

export interface PrefixCacheStats {
  readonly blocks: number;
  readonly bytes: number;
  readonly queriedTokens: number;
  readonly hitTokens: number;
}

export interface PrefixCacheOptions {
  readonly blockTokens: number;
  /** 0 turns the cache off. */
  readonly maxBytes: number;
}

interface CachedBlock {
  readonly id: number;
  readonly block: CacheBlock;
}

export function createPrefixCache({ blockTokens, maxBytes }: PrefixCacheOptions): PrefixCache {
  const blocks =
    maxBytes > 0
      ? new LRUCache<string, CachedBlock>({
          maxSize: maxBytes,
          sizeCalculation: ({ block }) => block.bytes,
          dispose: ({ block }) => block.release(),
        })
      : null;
  let nextId = 1;
  let queriedTokens = 0;
  let hitTokens = 0;
  const keyOf = (parent: string, tokens: Int32Array, index: number) =>
    `${parent}|${tokens.subarray(index * blockTokens, (index + 1) * blockTokens).join(',')}`;
  const rootOf = (salt: string) => `salt:${salt}`;

  return {
    get stats() {
      return { blocks: blocks?.size ?? 0, bytes: blocks?.calculatedSize ?? 0, queriedTokens, hitTokens };
    },
    match(tokens, salt) {
      if (blocks === null) return [];
      queriedTokens += tokens.length;
      const found: CacheBlock[] = [];
      let parent = rootOf(salt);
      for (let index = 0; (index + 1) * blockTokens < tokens.length; index++) {
        const known = blocks.get(keyOf(parent, tokens, index));
        if (known === undefined) break;
        found.push(known.block);
        parent = String(known.id);
      }
      hitTokens += found.length * blockTokens;
      return found;
    },
    async remember(tokens, salt, read) {
      if (blocks === null) return;
      let parent = rootOf(salt);
      for (let index = 0; (index + 1) * blockTokens <= tokens.length; index++) {
        const key = keyOf(parent, tokens, index);
        let known = blocks.get(key);
        if (known === undefined) {
          known = { id: nextId++, block: await read(index * blockTokens, (index + 1) * blockTokens) };
          // One that is larger than all there is room for is not taken.
          if (!blocks.set(key, known).has(key)) known.block.release();
        }
        parent = String(known.id);
      }
    },
  };
}
