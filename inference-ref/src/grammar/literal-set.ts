// One of many texts as a single terminal: what can still follow is a range of the sorted texts, so that thousands of them
// cost a search a byte and no more memory than their bytes.

import { literal, type Terminal } from './grammar-term.ts';

/** At least one text, none of them empty. */
export function oneOfTexts(texts: readonly string[]): Terminal {
  const [only, ...others] = new Set(texts);
  if (only !== undefined && others.length === 0) return literal(only);
  const rows = [...new Set(texts)].map((text) => Buffer.from(text)).sort(Buffer.compare);

  /** The first row of the range whose byte at `depth` is `byte` or above; a row that ends there stands below all bytes. */
  const firstFrom = (range: Range, byte: number): number => {
    let [low, high] = [range.from, range.to];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.[range.depth] ?? -1) < byte) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const at = (range: Range): Terminal => {
    // A place is reached in one way only, so what it remembers makes each terminal unique.
    const next = new Map<number, Terminal | 'done' | null>();
    return {
      kind: 'terminal',
      mayStop: rows[range.from]?.length === range.depth,
      step(byte) {
        const known = next.get(byte);
        if (known !== undefined) return known;
        const [from, to, depth] = [firstFrom(range, byte), firstFrom(range, byte + 1), range.depth + 1];
        const isWhole = to - from === 1 && rows[from]?.length === depth;
        const left = from === to ? null : isWhole ? 'done' : at({ from, to, depth });
        next.set(byte, left);
        return left;
      },
    };
  };
  return at({ from: 0, to: rows.length, depth: 0 });
}

/** Rows that share their first `depth` bytes. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}
