// How large a slab should be for the rows it must hold. Pure arithmetic.

export interface SlabSize {
  readonly rows: number;
  readonly capacityTokens: number;
}

export type CapacityRule = (tokens: number, contextTokens: number) => number;

/**
 * Where every step passes over the whole slab: steps of a quarter of the next lower power of two, at least 32, so that
 * less than a quarter of a row is padding.
 */
export const tightCapacity: CapacityRule = (tokens, contextTokens) => {
  const step = Math.max(32, 2 ** Math.floor(Math.log2(Math.max(1, tokens))) / 4);
  return Math.min(contextTokens, Math.ceil(tokens / step) * step);
};

/** Where free positions cost memory alone: powers of two, so that a row is seldom moved. */
export const roomyCapacity: CapacityRule = (tokens, contextTokens) =>
  Math.min(contextTokens, Math.max(128, nextPowerOfTwo(tokens)));

/** A slab smaller than this has rows to spare and is never made smaller: one that breathes is copied all the time. */
const SMALL_SLAB_BYTES = 16 * 1024 ** 2;
const MOST_SPARE_ROWS = 64;

export interface WantedSize {
  readonly wantedLengths: readonly number[];
  readonly contextTokens: number;
  readonly bytesPerToken: number;
  readonly capacityOf: CapacityRule;
}

/** The size to change to; null where the slab is large enough and not needlessly large. */
export function sizeToFit(slab: SlabSize, wanted: WantedSize): SlabSize | null {
  const { wantedLengths, contextTokens, bytesPerToken } = wanted;
  let longest = 1;
  for (const length of wantedLengths) longest = Math.max(longest, length);
  const rows = wantedLengths.length;
  const capacityTokens = wanted.capacityOf(longest, contextTokens);
  const isLarge = slab.rows * slab.capacityTokens * bytesPerToken > SMALL_SLAB_BYTES;
  const isTooLarge = isLarge && (slab.capacityTokens >= 4 * capacityTokens || slab.rows >= 4 * rows);
  if (slab.rows >= rows && slab.capacityTokens >= longest && !isTooLarge) return null;
  const capacity = isTooLarge ? capacityTokens : Math.max(capacityTokens, slab.capacityTokens);
  const spareRows = Math.min(MOST_SPARE_ROWS, Math.floor(SMALL_SLAB_BYTES / (capacity * bytesPerToken)));
  return { rows: Math.max(nextPowerOfTwo(rows), spareRows), capacityTokens: capacity };
}

export function nextPowerOfTwo(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, count)));
}
