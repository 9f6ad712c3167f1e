// Writes the nodes of a Llama-family decoder in the layout of the usual exporters: input ids, attention mask and past
// key/values in, logits and present key/values out. It decides the graph; how weights are stored is decoder-weights'.

import type { DecoderContext } from './decoder-context.ts';
import { type Lengths, writeLayer } from './decoder-layer.ts';
import { type Residual, weightBits, writeProjection, writeQuantizedProduct } from './decoder-parts.ts';
import { halfBytes, QUANTIZED_BLOCK_SIZE, singleBytes } from './decoder-weights.ts';
import { addIntegers } from './initializer-store.ts';
import { elementTypeCodes } from './onnx-messages.ts';
import { rotaryTables } from './rotary-tables.ts';
import { isTokenQuantized, toBatch, writeTokenIds, writeTokenLogits } from './token-quantization.ts';

export async function writeDecoderGraph(context: DecoderContext): Promise<void> {
  const { shape, graph, weights } = context;
  const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  graph.input('attention_mask', 'int64', ['batch_size', 'total_sequence_length']);
  const lengths = await writeLengths(context);
  await writeRotaryTables(context);
  const embedded = await writeEmbedding(context, await writeTokenIds(context, ids));
  await weights.vector('layers.0.input_norm', ['model.layers.0.input_layernorm.weight']);
  const first = graph.standard('SimplifiedLayerNormalization', {
    name: 'layers.0.input_norm',
    inputs: [embedded, 'layers.0.input_norm'],
    attributes: { axis: { integer: -1 }, epsilon: { float: shape.normEpsilon } },
  });
  let residual: Residual = { stream: embedded, normed: first };
  for (let layer = 0; layer < shape.layers; layer++) {
    residual = await writeLayer(context, { layer, residual, lengths });
  }
  await writeLogits(context, toBatch(context, 'normed', residual.normed));
}

/** GroupQueryAttention counts instead of masking: the index of each row's last token, and the longest row. */
async function writeLengths({ graph, store }: DecoderContext): Promise<Lengths> {
  await addIntegers(store, 'one', [], [1]);
  await addIntegers(store, 'axis_1', [1], [1]);
  const counts = graph.standard('ReduceSum', {
    name: 'mask/count',
    inputs: ['attention_mask', 'axis_1'],
    attributes: { keepdims: { integer: 0 } },
  });
  const last = graph.standard('Sub', { name: 'mask/last', inputs: [counts, 'one'] });
  const shape = graph.standard('Shape', { name: 'mask/shape', inputs: ['attention_mask'] });
  const total = graph.standard('Gather', { name: 'mask/total', inputs: [shape, 'one'] });
  const toInt32 = { to: { integer: elementTypeCodes.int32 } };
  return {
    lastIndices: graph.standard('Cast', { name: 'mask/last_i32', inputs: [last], attributes: toInt32 }),
    totalLength: graph.standard('Cast', { name: 'mask/total_i32', inputs: [total], attributes: toInt32 }),
  };
}

/**
 * Queries and keys are both turned by these, so that a factor of headSize^-¼ in them scales their products by the
 * 1 / √headSize that attention divides by: with nothing left to multiply the runtime takes its faster products.
 */
async function writeRotaryTables({ shape, floatType, store }: DecoderContext): Promise<void> {
  const { cosines, sines } = rotaryTables(shape, shape.headSize ** -0.25);
  const toBytes = floatType === 'float16' ? halfBytes : singleBytes;
  const dims = [shape.contextTokens, shape.headSize / 2];
  await store.add({ name: 'cos_cache', dims, elementType: floatType }, [toBytes(cosines)]);
  await store.add({ name: 'sin_cache', dims, elementType: floatType }, [toBytes(sines)]);
}

const EMBEDDING = 'embed_tokens';

async function writeEmbedding(context: DecoderContext, ids: string): Promise<string> {
  const { dtype, graph, weights } = context;
  const bits = isTokenQuantized(context) ? 8 : weightBits(dtype);
  const tensors = ['model.embed_tokens.weight'];
  if (bits === null) {
    await weights.rows(EMBEDDING, tensors);
    return graph.standard('Gather', { name: 'embedding', inputs: [EMBEDDING, ids] });
  }
  await weights.quantized(EMBEDDING, tensors, bits);
  await addIntegers(context.store, 'embed_tokens_dims', [2], [0, -1]);
  const flat = graph.standard('Reshape', {
    name: 'embed_tokens_flat',
    inputs: [EMBEDDING, 'embed_tokens_dims'],
  });
  return graph.contrib('GatherBlockQuantized', {
    name: 'embedding',
    inputs: [flat, ids, `${EMBEDDING}_scales`],
    attributes: {
      bits: { integer: bits },
      block_size: { integer: QUANTIZED_BLOCK_SIZE },
      gather_axis: { integer: 0 },
      quantize_axis: { integer: 1 },
    },
  });
}

/** Logits are float32 in every dtype, so that a sampler reads one type. */
async function writeLogits(context: DecoderContext, normed: string): Promise<void> {
  const { shape, graph } = context;
  const isExtended = context.layout === 'extended';
  const hidden = isExtended ? await writeKeptPositions(context, normed) : normed;
  writeSingles(context, 'logits', await writeOutputProjection(context, hidden));
  const length = isExtended ? 'kept_length' : 'sequence_length';
  graph.output('logits', 'float32', ['batch_size', length, shape.vocabSize]);
  if (!isExtended) return;
  writeSingles(context, 'hidden_states', normed);
  graph.output('hidden_states', 'float32', ['batch_size', 'sequence_length', shape.hiddenSize]);
}

/** Gives a value out under a name as float32; what is float32 already is not copied. */
function writeSingles({ graph, floatType }: DecoderContext, name: string, value: string): void {
  if (floatType === 'float32') {
    graph.rename(value, name);
    return;
  }
  const attributes = { to: { integer: elementTypeCodes.float32 } };
  graph.standard('Cast', { name, inputs: [value], outputs: [name], attributes });
}

async function writeKeptPositions({ graph, store }: DecoderContext, normed: string): Promise<string> {
  const kept = graph.input('num_logits_to_keep', 'int64', []);
  await addIntegers(store, 'first_dim', [1], [0]);
  await addIntegers(store, 'slice_end', [1], [Number.MAX_SAFE_INTEGER]);
  const start = graph.standard('Neg', { name: 'kept/start', inputs: [kept] });
  const starts = graph.standard('Unsqueeze', { name: 'kept/starts', inputs: [start, 'first_dim'] });
  return graph.standard('Slice', { name: 'kept', inputs: [normed, starts, 'slice_end', 'axis_1'] });
}

async function writeOutputProjection(context: DecoderContext, hidden: string): Promise<string> {
  const { shape, graph, dtype } = context;
  if (isTokenQuantized(context)) return await writeTokenLogits(context, hidden);
  const bits = weightBits(dtype);
  const sizes = { inputSize: shape.hiddenSize, outputSize: shape.vocabSize };
  if (!shape.tiedEmbeddings) {
    return await writeProjection(context, { name: 'lm_head', input: hidden, modules: ['lm_head'], ...sizes });
  }
  if (bits !== null) {
    return writeQuantizedProduct(context, {
      name: 'lm_head',
      input: hidden,
      weight: EMBEDDING,
      bits,
      ...sizes,
    });
  }
  const turned = graph.standard('Transpose', { name: 'lm_head_turned', inputs: [EMBEDDING] });
  return graph.standard('MatMul', { name: 'lm_head', inputs: [hidden, turned] });
}
