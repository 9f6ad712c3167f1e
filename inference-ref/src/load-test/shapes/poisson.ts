// Poisson arrivals: exponential gaps, as from many independent users.
import type { ArrivalProcess } from './arrival-process.ts';

export const poissonArrivals: ArrivalProcess = {
  name: 'poisson',
  first: (random) => random.exponential(),
  gap: (random) => random.exponential(),
};
