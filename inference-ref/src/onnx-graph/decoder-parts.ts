// The parts that every stage of a decoder graph is written with: a projection in the dtype's own operator, and a norm over
// the residual stream. No stage of its own.

import type { DecoderContext } from './decoder-context.ts';
import { type DecoderDtype, QUANTIZED_BLOCK_SIZE } from './decoder-weights.ts';
import {
  isTokenQuantized,
  type QuantizedTokens,
  quantizeTokens,
  writeTokenProduct,
} from './token-quantization.ts';

export function weightBits(dtype: DecoderDtype): 4 | 8 | null {
  if (dtype === 'int4') return 4;
  return dtype === 'int8' ? 8 : null;
}

/** A value as products read it: as it is, or quantised once for all of them. */
export type Operand = string | QuantizedTokens;

export function toOperand(context: DecoderContext, name: string, value: string): Operand {
  return isTokenQuantized(context) ? quantizeTokens(context, name, value) : value;
}

export interface Projection {
  readonly name: string;
  readonly input: Operand;
  /** Checkpoint names without `.weight`; several are joined along their outputs. */
  readonly modules: readonly string[];
  readonly inputSize: number;
  readonly outputSize: number;
  readonly hasBias?: boolean;
}

export async function writeProjection(context: DecoderContext, projection: Projection): Promise<string> {
  const { graph, weights } = context;
  const { name, input, modules } = projection;
  const bits = weightBits(context.dtype);
  const tensors = modules.map((module) => `${module}.weight`);
  let output: string;
  if (typeof input !== 'string') {
    output = await writeTokenProduct(context, name, tensors, input);
  } else if (bits === null) {
    await weights.transposed(name, tensors);
    output = graph.standard('MatMul', { name, inputs: [input, name] });
  } else {
    await weights.quantized(name, tensors, bits);
    output = writeQuantizedProduct(context, { ...projection, input, weight: name, bits });
  }
  if (projection.hasBias !== true) return output;
  await weights.vector(
    `${name}_bias`,
    modules.map((module) => `${module}.bias`),
  );
  return graph.standard('Add', { name: `${name}_bias`, inputs: [output, `${name}_bias`] });
}

export interface QuantizedProduct {
  readonly name: string;
  readonly input: string;
  readonly weight: string;
  readonly bits: 4 | 8;
  readonly inputSize: number;
  readonly outputSize: number;
}

export function writeQuantizedProduct({ graph }: DecoderContext, product: QuantizedProduct): string {
  return graph.contrib('MatMulNBits', {
    name: product.name,
    inputs: [product.input, product.weight, `${product.weight}_scales`],
    attributes: {
      K: { integer: product.inputSize },
      N: { integer: product.outputSize },
      bits: { integer: product.bits },
      block_size: { integer: QUANTIZED_BLOCK_SIZE },
      // Activations are rounded to 8 bits too, block by block: this is what makes it fast on a CPU.
      accuracy_level: { integer: 4 },
    },
  });
}

export interface Residual {
  readonly stream: string;
  readonly normed: string;
}

export interface SkipNorm {
  readonly name: string;
  readonly tensor: string;
  readonly stream: string;
  readonly added: string;
}

export async function writeSkipNorm(context: DecoderContext, norm: SkipNorm): Promise<Residual> {
  const { graph, weights, shape } = context;
  await weights.vector(norm.name, [norm.tensor]);
  const stream = `${norm.name}/sum`;
  const normed = graph.contrib('SkipSimplifiedLayerNormalization', {
    name: norm.name,
    inputs: [norm.stream, norm.added, norm.name],
    outputs: [`${norm.name}/output`, '', '', stream],
    attributes: { epsilon: { float: shape.normEpsilon } },
  });
  return { stream, normed };
}
