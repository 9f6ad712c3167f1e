// Constant arrivals: every gap is the same, the first call starts at once.
import type { ArrivalProcess } from './arrival-process.ts';

export const constantArrivals: ArrivalProcess = { name: 'constant', first: () => 0, gap: () => 1 };
