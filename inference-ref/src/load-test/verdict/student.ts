// Student's t: the quantile that a small sample's interval needs.
import { incompleteBeta } from './binomial.ts';

/** P(T ≤ t) with the given degrees of freedom. */
export function studentCdf(t: number, degrees: number): number {
  const tail = incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t >= 0 ? 1 - tail : tail;
}

/** The t with P(T ≤ t) = level, for level in (0.5, 1). */
export function studentQuantile(level: number, degrees: number): number {
  let low = 0;
  let high = 1;
  while (studentCdf(high, degrees) < level && high < 1e6) high *= 2;
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degrees) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
