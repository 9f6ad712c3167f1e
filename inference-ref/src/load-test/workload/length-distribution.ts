// Token lengths: `128`, `uniform:64-256`, `normal:256,64`, `lognormal:256,128` (mean and standard deviation of the lengths).
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { Random } from './random.ts';

const errLength = defineError('TG_LOADTEST_LENGTH', 400);

export interface LengthDistribution {
  readonly spec: string;
  readonly mean: number;
  /** A whole number of tokens, at least 1. */
  readonly draw: (random: Random) => number;
}

/** Parses a specification. Throws TG_LOADTEST_LENGTH. */
export function parseLengthDistribution(spec: string): LengthDistribution {
  const [kind = '', rest = ''] = /^\d+$/.test(spec) ? ['fixed', spec] : spec.split(':');
  const [a = Number.NaN, b = Number.NaN] = rest.split(/[,-]/).map(Number);
  const make = (mean: number, draw: (random: Random) => number): LengthDistribution => ({
    spec,
    mean,
    draw: (random) => Math.max(1, Math.round(draw(random))),
  });
  if (kind === 'fixed' && a >= 1) return make(a, () => a);
  if (kind === 'uniform' && a >= 1 && b >= a)
    return make((a + b) / 2, (random) => a + random.uniform() * (b - a));
  if (kind === 'normal' && a >= 1 && b >= 0) return make(a, (random) => a + b * random.normal());
  if (kind === 'lognormal' && a >= 1 && b >= 0) {
    const variance = Math.log(1 + (b / a) ** 2);
    const mu = Math.log(a) - variance / 2;
    return make(a, (random) => Math.exp(mu + Math.sqrt(variance) * random.normal()));
  }
  throw errLength(`"${spec}" is no length distribution`, {
    hint: 'write 128, uniform:64-256, normal:256,64 or lognormal:256,128',
  });
}
