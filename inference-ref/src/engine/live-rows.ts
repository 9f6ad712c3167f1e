// Which sequence stands in which row: decoding sequences fill the rows from 0 without holes, one that is still being
// prefilled stands behind them. Closing a hole moves the last row into it.

import type { Decoder } from './decoder.ts';
import type { Sequence } from './sequence.ts';

export interface LiveRows {
  /** Row by row; the one being prefilled, if any, is last. */
  readonly sequences: readonly Sequence[];
  /** Makes sure that each row can hold so many tokens. */
  fit(lengthOf: (sequence: Sequence) => number): void;
  add(sequence: Sequence): void;
  remove(sequence: Sequence): void;
  rowOf(sequence: Sequence): number;
  clear(): Sequence[];
}

export function createLiveRows(decoder: Pick<Decoder, 'fit' | 'moveRow'>): LiveRows {
  let sequences: Sequence[] = [];
  const move = (from: number, to: number) => {
    const moved = sequences[from] as Sequence;
    decoder.moveRow(from, to, moved.cachedLength);
    sequences[to] = moved;
  };
  return {
    get sequences() {
      return sequences;
    },
    fit(lengthOf) {
      if (sequences.length === 0) return;
      decoder.fit(
        sequences.map(lengthOf),
        sequences.map((sequence) => sequence.cachedLength),
      );
    },
    add: (sequence) => void sequences.push(sequence),
    remove(sequence) {
      const row = sequences.indexOf(sequence);
      if (row < 0) return;
      const last = sequences.length - 1;
      const lastDecoding = sequences[last]?.phase === 'prefilling' ? last - 1 : last;
      if (row < lastDecoding) move(lastDecoding, row);
      if (row < last && lastDecoding < last) move(last, lastDecoding);
      sequences.pop();
    },
    rowOf: (sequence) => sequences.indexOf(sequence),
    clear() {
      const all = sequences;
      sequences = [];
      return all;
    },
  };
}
