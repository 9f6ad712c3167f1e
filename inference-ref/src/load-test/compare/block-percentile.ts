// Percentiles over resampled blocks without sorting again: the values are sorted once, a resample only weighs the blocks.
import { rankOf } from '../measure/percentile.ts';

/** Values of one measure, block by block; NaN values are no measurements. */
export type Blocks = readonly (readonly number[])[];

export interface BlockPercentile {
  readonly blocks: number;
  /** Nearest rank where block b counts weights[b] times; NaN when nothing counts. */
  readonly at: (fraction: number, weights: ArrayLike<number>) => number;
}

export function createBlockPercentile(blocks: Blocks): BlockPercentile {
  const entries = blocks.flatMap((values, block) =>
    values.filter((value) => !Number.isNaN(value)).map((value) => [value, block] as const),
  );
  entries.sort((a, b) => a[0] - b[0]);
  const sorted = Float64Array.from(entries, ([value]) => value);
  const owners = Int32Array.from(entries, ([, block]) => block);
  const sizes = new Int32Array(blocks.length);
  for (const owner of owners) sizes[owner] = (sizes[owner] ?? 0) + 1;
  return {
    blocks: blocks.length,
    at: (fraction, weights) => {
      let total = 0;
      for (let block = 0; block < sizes.length; block += 1)
        total += (sizes[block] ?? 0) * (weights[block] ?? 0);
      if (total === 0) return Number.NaN;
      const rank = rankOf(fraction, total);
      let upTo = 0;
      for (let index = 0; index < sorted.length; index += 1) {
        upTo += weights[owners[index] ?? 0] ?? 0;
        if (upTo >= rank) return sorted[index] ?? Number.NaN;
      }
      return Number.NaN;
    },
  };
}

/** Two arms' blocks put together: block i of both is one block. */
export function pooled(first: Blocks, second: Blocks): Blocks {
  return first.map((values, block) => [...values, ...(second[block] ?? [])]);
}
