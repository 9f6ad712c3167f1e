// Gamma arrivals of a given burstiness: shape 1 is Poisson, below 1 is burstier (coefficient of variation 1/√shape), above is calmer.
import type { ArrivalProcess } from './arrival-process.ts';

export function createGammaArrivals(shape: number): ArrivalProcess {
  const gap: ArrivalProcess['gap'] = (random) => random.gamma(shape) / shape;
  return { name: `gamma(${shape})`, first: gap, gap };
}
