// The cosine and sine tables of rotary positions, with Llama 3's stretching of the slow rotations where a shape asks
// for it. Pure arithmetic.

import type { DecoderShape } from './decoder-shape.ts';

export interface RotaryTables {
  /** [contextTokens, headSize / 2], row-major. */
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
}

/** `factor` multiplies every entry. */
export function rotaryTables(shape: DecoderShape, factor: number): RotaryTables {
  const half = shape.headSize / 2;
  const frequencies = Array.from({ length: half }, (_, i) => {
    return stretched(shape.ropeTheta ** (-i / half), shape.ropeScaling);
  });
  const cosines = new Float32Array(shape.contextTokens * half);
  const sines = new Float32Array(cosines.length);
  for (let position = 0; position < shape.contextTokens; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * (frequencies[i] as number);
      cosines[position * half + i] = factor * Math.cos(angle);
      sines[position * half + i] = factor * Math.sin(angle);
    }
  }
  return { cosines, sines };
}

/** Wavelengths beyond the original context are stretched by the factor, short ones stay, those between are blended. */
function stretched(frequency: number, scaling: DecoderShape['ropeScaling']): number {
  if (scaling === null) return frequency;
  const turns = (scaling.original_max_position_embeddings * frequency) / (2 * Math.PI);
  const { low_freq_factor: low, high_freq_factor: high, factor } = scaling;
  const blend = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return frequency * (blend + (1 - blend) / factor);
}
