// A small seeded generator (splitmix32), one a sequence, so that a seed gives the same text in any batch.

export type RandomNumbers = () => number;

/** Uniform numbers in [0, 1) with 32 bits. */
export function createRandomNumbers(seed: number): RandomNumbers {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  };
}
