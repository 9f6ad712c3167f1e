// Seeded random weights of a shape, for speed work and tests. The numbers are made on demand: any block of rows of a
// seed is the same in every run, whatever was read before.

import { type DecoderShape, errUnsupportedShape } from './decoder-shape.ts';
import { tensorDims, type WeightSource } from './weight-source.ts';

/** The usual initial spread of a decoder's matrices. */
const STANDARD_DEVIATION = 0.02;

export function randomWeights(options: { shape: DecoderShape; seed: number }): WeightSource {
  const dims = tensorDims(options.shape);
  // Products that end in the residual stream are smaller, so that its variance does not grow with the depth.
  const residualScale = 1 / Math.sqrt(2 * options.shape.layers);
  return {
    async readRows(name, start, end) {
      const shape = dims.get(name);
      if (shape === undefined) throw errUnsupportedShape(`the shape has no tensor ${name}`);
      const width = shape[1] ?? 1;
      const out = new Float32Array((end - start) * width);
      if (name.endsWith('norm.weight')) return out.fill(1);
      const isResidual = name.endsWith('o_proj.weight') || name.endsWith('down_proj.weight');
      const deviation = STANDARD_DEVIATION * (isResidual ? residualScale : 1);
      const tensorSeed = hashText(name) ^ Math.imul(options.seed, 0x9e3779b1);
      for (let row = start; row < end; row++) {
        const offset = (row - start) * width;
        fillUniform(out.subarray(offset, offset + width), tensorSeed + Math.imul(row, 0x85ebca6b), deviation);
      }
      return out;
    },
    close: async () => undefined,
  };
}

/** Uniform numbers of the given deviation by Marsaglia's xorshift, seeded through a mixing step. */
function fillUniform(out: Float32Array, seed: number, deviation: number): void {
  let state = Math.imul(seed ^ (seed >>> 16), 0x7feb352d);
  state = Math.imul(state ^ (state >>> 15), 0x846ca68b);
  state = (state ^ (state >>> 16)) | 1;
  const scale = (deviation * Math.sqrt(3)) / 2 ** 31;
  for (let i = 0; i < out.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    out[i] = state * scale;
  }
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
