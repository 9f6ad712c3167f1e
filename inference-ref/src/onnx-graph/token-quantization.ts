// The field's W8A8: activations are quantised token by token as they come, weights output by output when the graph is
// written. Sums of integers are exact, so that a product's numbers are the same in every batch. The runtime quantises
// along the first axis: in such a graph a token is a row, [B × S, width] in place of [B, S, width], but around attention.

import type { DecoderContext } from './decoder-context.ts';
import { addIntegers } from './initializer-store.ts';
import { elementTypeCodes } from './onnx-messages.ts';

export interface QuantizedTokens {
  /** uint8 [tokens, width] around ZERO_POINT. */
  readonly codes: string;
  /** float32 [tokens, 1] */
  readonly scales: string;
}

/** Codes lie from 1 to 255, as many on either side. */
const ZERO_POINT = 128;
const LARGEST_CODE = 127;

/** Constants and, with `/output`, values that all of this graph shares. */
const CODE_SIZE = 'tokens/code_size';
const UNIT = 'tokens/unit';
const WIDTH_AXIS = 'tokens/width_axis';
const ZERO = 'tokens/zero_point';
const ZERO_SINGLE = 'tokens/zero_point_single';
const ZERO_POINTS = 'tokens/zero_points/output';
const BATCH_DIMS = 'tokens/batch_dims/output';
const REST = 'tokens/rest';
const ROWS_OF = { attended: 'tokens/attended_rows', hidden: 'tokens/hidden_rows' };

export function isTokenQuantized({ dtype }: DecoderContext): boolean {
  return dtype === 'w8a8';
}

/** Declares what the rest needs; answers the ids, a row a token. */
export async function writeTokenIds(context: DecoderContext, ids: string): Promise<string> {
  if (!isTokenQuantized(context)) return ids;
  const { graph, shape, store } = context;
  await addSingle(context, CODE_SIZE, 1 / LARGEST_CODE);
  await addSingle(context, UNIT, 1);
  await addSingle(context, ZERO_SINGLE, ZERO_POINT);
  await store.add({ name: ZERO, dims: [], elementType: 'uint8' }, [Uint8Array.of(ZERO_POINT)]);
  await addIntegers(store, WIDTH_AXIS, [1], [1]);
  await addIntegers(store, REST, [1], [-1]);
  await addIntegers(store, ROWS_OF.attended, [2], [-1, shape.attentionHeads * shape.headSize]);
  await addIntegers(store, ROWS_OF.hidden, [2], [-1, shape.hiddenSize]);
  writeBatchDims(context, 'tokens/batch_dims', ids);
  const rows = graph.standard('Reshape', { name: 'tokens/ids', inputs: [ids, REST] });
  writeZeroPoints(context, 'tokens/zero_points', rows);
  return rows;
}

/** [B × S, width] as [B, S, width], where tokens are rows. */
export function toBatch(context: DecoderContext, name: string, value: string): string {
  if (!isTokenQuantized(context)) return value;
  return context.graph.standard('Reshape', { name, inputs: [value, BATCH_DIMS] });
}

/** What attention answers, [B, S, width], as [B × S, width], where tokens are rows. */
export function toTokens(context: DecoderContext, name: string, value: string): string {
  if (!isTokenQuantized(context)) return value;
  return context.graph.standard('Reshape', { name, inputs: [value, ROWS_OF.attended] });
}

/** `value`: float32 [tokens, width]; all tokens that are fed, unless other zero points are given. */
export function quantizeTokens(
  { graph }: DecoderContext,
  name: string,
  value: string,
  zeroPoints = ZERO_POINTS,
): QuantizedTokens {
  const sizes = graph.standard('Abs', { name: `${name}/sizes`, inputs: [value] });
  const largest = graph.standard('ReduceMax', {
    name: `${name}/largest`,
    inputs: [sizes, WIDTH_AXIS],
    attributes: { keepdims: { integer: 0 } },
  });
  const scales = graph.standard('Mul', { name: `${name}/scales`, inputs: [largest, CODE_SIZE] });
  return {
    codes: graph.standard('QuantizeLinear', {
      name: `${name}/codes`,
      inputs: [value, scales, zeroPoints],
      attributes: { axis: { integer: 0 } },
    }),
    scales: graph.standard('Unsqueeze', { name: `${name}/scale_column`, inputs: [scales, WIDTH_AXIS] }),
  };
}

/** float32 [tokens, outputs] */
export async function writeTokenProduct(
  context: DecoderContext,
  name: string,
  tensors: readonly string[],
  tokens: QuantizedTokens,
): Promise<string> {
  const unscaled = await writeIntegerProduct(context, name, tensors, tokens);
  return context.graph.standard('Mul', { name, inputs: [unscaled, tokens.scales] });
}

/** `hidden`: float32 [B, S, hidden], of the positions whose logits are wanted. Answers [B, S, vocabulary]. */
export async function writeTokenLogits(context: DecoderContext, hidden: string): Promise<string> {
  const { graph, shape } = context;
  const tensors = [shape.tiedEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight'];
  const rows = graph.standard('Reshape', { name: 'lm_head/rows', inputs: [hidden, ROWS_OF.hidden] });
  const tokens = quantizeTokens(context, 'lm_head', rows, writeZeroPoints(context, 'lm_head/zeros', rows));
  const unscaled = await writeIntegerProduct(context, 'lm_head', tensors, tokens);
  const dims = writeBatchDims(context, 'lm_head/batch_dims', hidden);
  // The scales are applied last, so that the logits are written once, to where they are read.
  const products = graph.standard('Reshape', { name: 'lm_head/products', inputs: [unscaled, dims] });
  const scales = graph.standard('Reshape', { name: 'lm_head/batch_scales', inputs: [tokens.scales, dims] });
  return graph.standard('Mul', { name: 'lm_head', inputs: [products, scales] });
}

/** The tokens' scales not yet applied. */
async function writeIntegerProduct(
  { graph, weights }: DecoderContext,
  name: string,
  tensors: readonly string[],
  { codes }: QuantizedTokens,
): Promise<string> {
  await weights.quantizedColumns(name, tensors);
  return graph.contrib('MatMulIntegerToFloat', {
    name: `${name}/integers`,
    inputs: [codes, name, UNIT, `${name}_scales`, ZERO],
  });
}

/** The dims that give a value of so many tokens its batch back: [B, S, −1]. */
function writeBatchDims({ graph }: DecoderContext, name: string, batch: string): string {
  const outer = graph.standard('Shape', {
    name: `${name}/outer`,
    inputs: [batch],
    attributes: { end: { integer: 2 } },
  });
  return graph.standard('Concat', { name, inputs: [outer, REST], attributes: { axis: { integer: 0 } } });
}

/** One for each row. */
function writeZeroPoints({ graph }: DecoderContext, name: string, rows: string): string {
  const count = graph.standard('Shape', {
    name: `${name}/count`,
    inputs: [rows],
    attributes: { end: { integer: 1 } },
  });
  // The runtime's WebGPU expands no bytes, and fails over trying.
  const singles = graph.standard('Expand', { name: `${name}/singles`, inputs: [ZERO_SINGLE, count] });
  return graph.standard('Cast', {
    name,
    inputs: [singles],
    attributes: { to: { integer: elementTypeCodes.uint8 } },
  });
}

async function addSingle({ store }: DecoderContext, name: string, value: number): Promise<void> {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  await store.add({ name, dims: [], elementType: 'float32' }, [bytes]);
}
