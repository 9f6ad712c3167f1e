// The gap between arrivals in units of the mean gap: what makes traffic even, random or bursty at the same rate.
import type { Random } from '../workload/random.ts';

export interface ArrivalProcess {
  readonly name: string;
  /** From the start to the first arrival. */
  readonly first: (random: Random) => number;
  readonly gap: (random: Random) => number;
}
