// Sums over the last minute, for rates that are read now and then.

const SLOTS = 12;
const SLOT_MS = 5_000;
export const WINDOW_MS = SLOTS * SLOT_MS;

export interface RateWindow {
  readonly add: (amount: number, atMs: number) => void;
  /** The sum over the minute before `atMs`, on the same monotonic clock. */
  readonly total: (atMs: number) => number;
}

export function createRateWindow(): RateWindow {
  const sums = new Float64Array(SLOTS);
  const numbers = new Float64Array(SLOTS).fill(-1);
  return {
    add: (amount, atMs) => {
      const number = Math.floor(atMs / SLOT_MS);
      const slot = number % SLOTS;
      if (numbers[slot] !== number) {
        numbers[slot] = number;
        sums[slot] = 0;
      }
      sums[slot] = (sums[slot] ?? 0) + amount;
    },
    total: (atMs) => {
      const oldest = Math.floor(atMs / SLOT_MS) - SLOTS + 1;
      return sums.reduce((total, sum, slot) => ((numbers[slot] ?? -1) >= oldest ? total + sum : total), 0);
    },
  };
}
