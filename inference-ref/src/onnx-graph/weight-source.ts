// Where a decoder's weights come from: named matrices under the names that Llama-family checkpoints use, read in
// blocks of rows so that a vocabulary of 150,000 rows never stands in memory at once.

import type { DecoderShape } from './decoder-shape.ts';

export interface WeightSource {
  /** Rows [start, end) of the tensor, row-major; a vector counts as rows of one number. */
  readRows(name: string, start: number, end: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Every tensor that a shape needs, with its dimensions as checkpoints store them ([outputs, inputs]). */
export function tensorDims(shape: DecoderShape): Map<string, readonly number[]> {
  const { hiddenSize, feedForwardSize, vocabSize } = shape;
  const queryWidth = shape.attentionHeads * shape.headSize;
  const cachedWidth = shape.keyValueHeads * shape.headSize;
  const dims = new Map<string, readonly number[]>([
    ['model.embed_tokens.weight', [vocabSize, hiddenSize]],
    ['model.norm.weight', [hiddenSize]],
  ]);
  if (!shape.tiedEmbeddings) dims.set('lm_head.weight', [vocabSize, hiddenSize]);
  for (let layer = 0; layer < shape.layers; layer++) {
    const prefix = `model.layers.${layer}.`;
    dims.set(`${prefix}input_layernorm.weight`, [hiddenSize]);
    dims.set(`${prefix}self_attn.q_proj.weight`, [queryWidth, hiddenSize]);
    dims.set(`${prefix}self_attn.k_proj.weight`, [cachedWidth, hiddenSize]);
    dims.set(`${prefix}self_attn.v_proj.weight`, [cachedWidth, hiddenSize]);
    dims.set(`${prefix}self_attn.o_proj.weight`, [hiddenSize, queryWidth]);
    if (shape.attentionBias) {
      dims.set(`${prefix}self_attn.q_proj.bias`, [queryWidth]);
      dims.set(`${prefix}self_attn.k_proj.bias`, [cachedWidth]);
      dims.set(`${prefix}self_attn.v_proj.bias`, [cachedWidth]);
    }
    dims.set(`${prefix}post_attention_layernorm.weight`, [hiddenSize]);
    dims.set(`${prefix}mlp.gate_proj.weight`, [feedForwardSize, hiddenSize]);
    dims.set(`${prefix}mlp.up_proj.weight`, [feedForwardSize, hiddenSize]);
    dims.set(`${prefix}mlp.down_proj.weight`, [hiddenSize, feedForwardSize]);
  }
  return dims;
}

export function parameterCount(shape: DecoderShape): number {
  let total = 0;
  for (const dims of tensorDims(shape).values()) total += dims.reduce((a, b) => a * b, 1);
  return total;
}
