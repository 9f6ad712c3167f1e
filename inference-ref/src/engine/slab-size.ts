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
  Math.min(contextTokens, Math.max(128, 2 ** Math.ceil(Math.log2(Math.max(1, tokens)))));

export interface WantedSize {
  readonly wantedLengths: readonly number[];
  readonly contextTokens: number;
  readonly capacityOf: CapacityRule;
}

/** The size to change to; null where the slab is large enough and not four times too large. */
export function sizeToFit(slab: SlabSize, wanted: WantedSize): SlabSize | null {
  let longest = 1;
  for (const length of wanted.wantedLengths) longest = Math.max(longest, length);
  const rows = wanted.wantedLengths.length;
  const capacityTokens = wanted.capacityOf(longest, wanted.contextTokens);
  const isRoomy = slab.capacityTokens >= 4 * capacityTokens || slab.rows >= 4 * rows;
  if (slab.rows >= rows && slab.capacityTokens >= longest && !isRoomy) return null;
  const keepsRows = rows <= slab.rows && !isRoomy;
  return {
    rows: keepsRows ? slab.rows : 2 ** Math.ceil(Math.log2(rows)),
    capacityTokens: isRoomy ? capacityTokens : Math.max(capacityTokens, slab.capacityTokens),
  };
}
