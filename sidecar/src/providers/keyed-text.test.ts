import { describe, expect, it } from 'vitest';
import { createKeyedText } from './keyed-text.ts';

const key = Buffer.alloc(32, 1);

function digestOf(pieces: readonly (Buffer | string)[], secret = key): string {
  const text = createKeyedText(secret);
  for (const piece of pieces) {
    if (typeof piece === 'string') text.add(piece);
    else text.addBytes(piece, 0, piece.length);
  }
  return text.digest();
}

describe('a keyed text', () => {
  it('has a digest that depends on the text alone, however it is cut into pieces', () => {
    const digest = digestOf(['häppy', Buffer.from(' end')]);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf([Buffer.from('häppy end')])).toBe(digest);
    expect(digestOf(['häppy en'])).not.toBe(digest);
  });

  it('differs under another key', () => {
    expect(digestOf(['a'], Buffer.alloc(32, 2))).not.toBe(digestOf(['a']));
  });

  it('begins anew after a digest, also after one longer than the room it keeps', () => {
    const large = Buffer.alloc(200_000, 7);
    const text = createKeyedText(key);
    text.addBytes(large, 0, 1);
    text.addBytes(large, 1, large.length);
    expect(text.digest()).toBe(digestOf([large]));
    text.add('a');
    expect(text.digest()).toBe(digestOf(['a']));
  });
});
