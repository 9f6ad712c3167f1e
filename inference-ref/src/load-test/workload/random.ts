// A seeded random source, so that a run's arrivals and lengths can be drawn again. Not for secrets.

export interface Random {
  /** Uniform in [0, 1). */
  readonly uniform: () => number;
  /** Exponential with mean 1. */
  readonly exponential: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Gamma with the given shape and scale 1. */
  readonly gamma: (shape: number) => number;
  readonly integer: (belowExclusive: number) => number;
}

/** SplitMix32 mixing: short, well distributed, and the same on every platform. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  const uniform = (): number => (next32() * 2 ** 21 + (next32() >>> 11)) / 2 ** 53;
  const exponential = (): number => -Math.log(1 - uniform());
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const gamma = (shape: number): number =>
    shape < 1
      ? gammaAboveOne(shape + 1, normal, uniform) * (1 - uniform()) ** (1 / shape)
      : gammaAboveOne(shape, normal, uniform);
  return { uniform, exponential, normal, gamma, integer: (below) => Math.floor(uniform() * below) };
}

/** Marsaglia and Tsang, A Simple Method for Generating Gamma Variables (2000). */
function gammaAboveOne(shape: number, normal: () => number, uniform: () => number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
