import { describe, expect, it } from 'vitest';
import { keyedDigest } from './keyed-digest.ts';

const key = Buffer.alloc(32, 1);

describe('keyedDigest', () => {
  it('depends on the text alone, however it is cut into parts', () => {
    const digest = keyedDigest(key, ['häppy', Buffer.from(' end')]);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(keyedDigest(key, [Buffer.from('häppy end')])).toBe(digest);
    expect(keyedDigest(key, ['häppy en'])).not.toBe(digest);
  });

  it('differs under another key', () => {
    expect(keyedDigest(Buffer.alloc(32, 2), ['a'])).not.toBe(keyedDigest(key, ['a']));
  });

  it('takes texts beyond its scratch buffer', () => {
    const large = Buffer.alloc(200_000, 7);
    expect(keyedDigest(key, [large])).toBe(keyedDigest(key, [large.subarray(0, 1), large.subarray(1)]));
  });
});
