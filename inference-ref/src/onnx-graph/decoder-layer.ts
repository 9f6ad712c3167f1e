// Writes one layer of a decoder: attention over the cache, then the gated feed-forward, each added to the residual
// stream by the norm that follows. What stands before the first and after the last layer is decoder-graph's.

import type { DecoderContext } from './decoder-context.ts';
import { type Residual, toOperand, writeProjection, writeSkipNorm } from './decoder-parts.ts';
import { toBatch, toTokens } from './token-quantization.ts';

/** What GroupQueryAttention counts with instead of a mask. */
export interface Lengths {
  /** i32 [B]: the index of each row's last token. */
  readonly lastIndices: string;
  /** i32 scalar: the longest row, past included. */
  readonly totalLength: string;
}

export interface LayerInputs {
  readonly layer: number;
  readonly residual: Residual;
  readonly lengths: Lengths;
}

export async function writeLayer(context: DecoderContext, inputs: LayerInputs): Promise<Residual> {
  const { layer, residual } = inputs;
  const attended = await writeAttention(context, inputs);
  const middle = await writeSkipNorm(context, {
    name: `layers.${layer}.mlp_norm`,
    tensor: `model.layers.${layer}.post_attention_layernorm.weight`,
    stream: residual.stream,
    added: attended,
  });
  const projected = await writeFeedForward(context, layer, middle.normed);
  const isLast = layer === context.shape.layers - 1;
  return await writeSkipNorm(context, {
    name: isLast ? 'final_norm' : `layers.${layer + 1}.input_norm`,
    tensor: isLast ? 'model.norm.weight' : `model.layers.${layer + 1}.input_layernorm.weight`,
    stream: middle.stream,
    added: projected,
  });
}

async function writeAttention(context: DecoderContext, inputs: LayerInputs): Promise<string> {
  const { shape, graph } = context;
  const { layer, residual, lengths } = inputs;
  const modules = `model.layers.${layer}.self_attn`;
  const name = `layers.${layer}.attention`;
  const queryWidth = shape.attentionHeads * shape.headSize;
  const joined = await writeProjection(context, {
    name: `layers.${layer}.qkv`,
    input: toOperand(context, `layers.${layer}.normed`, residual.normed),
    modules: [`${modules}.q_proj`, `${modules}.k_proj`, `${modules}.v_proj`],
    inputSize: shape.hiddenSize,
    outputSize: queryWidth + 2 * shape.keyValueHeads * shape.headSize,
    hasBias: shape.attentionBias,
  });
  const batch = toBatch(context, `${name}/joined`, joined);
  const { past, present } = declareCache(context, layer);
  const mixed = graph.contrib('GroupQueryAttention', {
    name,
    inputs: [batch, '', '', ...past, lengths.lastIndices, lengths.totalLength, 'cos_cache', 'sin_cache'],
    outputs: [`${name}/output`, ...present],
    attributes: {
      num_heads: { integer: shape.attentionHeads },
      kv_num_heads: { integer: shape.keyValueHeads },
      // The rotary tables carry it.
      scale: { float: 1 },
      do_rotary: { integer: 1 },
      rotary_interleaved: { integer: 0 },
    },
  });
  return await writeProjection(context, {
    name: `layers.${layer}.o_proj`,
    input: toOperand(context, `${name}/mixed`, toTokens(context, `${name}/rows`, mixed)),
    modules: [`${modules}.o_proj`],
    inputSize: queryWidth,
    outputSize: shape.hiddenSize,
  });
}

function declareCache(context: DecoderContext, layer: number): { past: string[]; present: string[] } {
  const { shape, graph, floatType } = context;
  const dims = (length: string) => ['batch_size', shape.keyValueHeads, length, shape.headSize];
  const past = ['key', 'value'].map((part) => `past_key_values.${layer}.${part}`);
  const present = ['key', 'value'].map((part) => `present.${layer}.${part}`);
  for (const name of past) graph.input(name, floatType, dims('past_sequence_length'));
  for (const name of present) graph.output(name, floatType, dims('total_sequence_length'));
  return { past, present };
}

async function writeFeedForward(context: DecoderContext, layer: number, normed: string): Promise<string> {
  const { graph, shape } = context;
  const modules = `model.layers.${layer}.mlp`;
  const name = `layers.${layer}.mlp`;
  const widen = {
    input: toOperand(context, `${name}.normed`, normed),
    inputSize: shape.hiddenSize,
    outputSize: shape.feedForwardSize,
  };
  const gate = await writeProjection(context, {
    ...widen,
    name: `${name}.gate`,
    modules: [`${modules}.gate_proj`],
  });
  const up = await writeProjection(context, {
    ...widen,
    name: `${name}.up`,
    modules: [`${modules}.up_proj`],
  });
  const opened = graph.standard('Sigmoid', { name: `${name}.sigmoid`, inputs: [gate] });
  const activated = graph.standard('Mul', { name: `${name}.silu`, inputs: [gate, opened] });
  const product = graph.standard('Mul', { name: `${name}.product`, inputs: [activated, up] });
  return await writeProjection(context, {
    name: `${name}.down`,
    input: toOperand(context, `${name}.opened`, product),
    modules: [`${modules}.down_proj`],
    inputSize: shape.feedForwardSize,
    outputSize: shape.hiddenSize,
  });
}
