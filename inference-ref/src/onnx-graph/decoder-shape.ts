// The shape of a Llama-family decoder: presets of published shapes, and the translation from and to config.json.
// It holds no weights and knows nothing of ONNX.

import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';

export const errUnsupportedShape = defineError('TG_MODEL_SHAPE_UNSUPPORTED', 400);

const ropeScalingSchema = z.object({
  factor: z.number().positive(),
  low_freq_factor: z.number().positive(),
  high_freq_factor: z.number().positive(),
  original_max_position_embeddings: z.number().int().positive(),
});

export interface DecoderShape {
  readonly family: 'llama' | 'qwen2';
  readonly layers: number;
  readonly hiddenSize: number;
  readonly attentionHeads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly feedForwardSize: number;
  readonly vocabSize: number;
  readonly contextTokens: number;
  readonly ropeTheta: number;
  /** Llama 3's stretching of the slow rotations; null leaves them as they are. */
  readonly ropeScaling: z.infer<typeof ropeScalingSchema> | null;
  readonly normEpsilon: number;
  /** The output projection is the embedding itself. */
  readonly tiedEmbeddings: boolean;
  /** Query, key and value projections have a bias (Qwen 2). */
  readonly attentionBias: boolean;
  readonly bosTokenId: number | null;
  readonly endTokenIds: readonly number[];
}

const llama = { family: 'llama', ropeScaling: null, tiedEmbeddings: true, attentionBias: false } as const;

export const presetShapes = {
  tiny: {
    ...llama,
    ...{
      layers: 4,
      hiddenSize: 256,
      attentionHeads: 8,
      keyValueHeads: 2,
      headSize: 32,
      feedForwardSize: 704,
    },
    ...{ vocabSize: 4096, contextTokens: 1024, ropeTheta: 10_000, normEpsilon: 1e-5 },
    ...{ bosTokenId: 0, endTokenIds: [1] },
  },
  'llama-160m': {
    ...llama,
    ...{ layers: 12, hiddenSize: 768, attentionHeads: 12, keyValueHeads: 12, headSize: 64 },
    ...{ feedForwardSize: 3072, vocabSize: 32_000, contextTokens: 2048, ropeTheta: 10_000 },
    ...{ normEpsilon: 1e-6, tiedEmbeddings: false, bosTokenId: 0, endTokenIds: [2] },
  },
  'llama-1b': {
    ...llama,
    ...{ layers: 16, hiddenSize: 2048, attentionHeads: 32, keyValueHeads: 8, headSize: 64 },
    ...{ feedForwardSize: 8192, vocabSize: 128_256, contextTokens: 131_072, ropeTheta: 500_000 },
    ...{ normEpsilon: 1e-5, bosTokenId: 128_000, endTokenIds: [128_001, 128_008, 128_009] },
    ropeScaling: {
      ...{ factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
    },
  },
  'qwen2.5-0.5b': {
    ...{ ...llama, family: 'qwen2', attentionBias: true },
    ...{ layers: 24, hiddenSize: 896, attentionHeads: 14, keyValueHeads: 2, headSize: 64 },
    ...{ feedForwardSize: 4864, vocabSize: 151_936, contextTokens: 32_768, ropeTheta: 1_000_000 },
    ...{ normEpsilon: 1e-6, bosTokenId: 151_643, endTokenIds: [151_645, 151_643] },
  },
} as const satisfies Record<string, DecoderShape>;

export type PresetName = keyof typeof presetShapes;

const size = z.number().int().positive();
const tokenIds = z.union([z.number().int(), z.array(z.number().int())]);

const configSchema = z.object({
  model_type: z.string(),
  hidden_act: z.literal('silu').default('silu'),
  num_hidden_layers: size,
  hidden_size: size,
  num_attention_heads: size,
  num_key_value_heads: size.optional(),
  head_dim: size.optional(),
  intermediate_size: size,
  vocab_size: size,
  max_position_embeddings: size,
  rope_theta: z.number().positive().default(10_000),
  rope_scaling: z
    .object({ rope_type: z.literal('llama3'), ...ropeScalingSchema.shape })
    .transform(({ rope_type: _, ...scaling }) => scaling)
    .nullish(),
  rms_norm_eps: z.number().positive(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  bos_token_id: z.number().int().nullish(),
  eos_token_id: tokenIds.nullish(),
});

/** Reads a Hugging Face config.json of the `llama`, `mistral` or `qwen2` type. */
export function shapeFromConfig(config: unknown): DecoderShape {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) {
    throw errUnsupportedShape(
      `config.json does not describe a Llama-family decoder: ${z.prettifyError(parsed.error)}`,
      {
        hint: 'Supported are RMSNorm, rotary positions (plain or llama3-scaled), SwiGLU and grouped-query attention.',
      },
    );
  }
  const c = parsed.data;
  if (!['llama', 'mistral', 'qwen2'].includes(c.model_type)) {
    throw errUnsupportedShape(`model_type ${c.model_type} is not supported.`, {
      hint: 'Supported are llama, mistral (full attention) and qwen2.',
    });
  }
  const isQwen = c.model_type === 'qwen2';
  return {
    family: isQwen ? 'qwen2' : 'llama',
    layers: c.num_hidden_layers,
    hiddenSize: c.hidden_size,
    attentionHeads: c.num_attention_heads,
    keyValueHeads: c.num_key_value_heads ?? c.num_attention_heads,
    headSize: c.head_dim ?? c.hidden_size / c.num_attention_heads,
    feedForwardSize: c.intermediate_size,
    vocabSize: c.vocab_size,
    contextTokens: c.max_position_embeddings,
    ropeTheta: c.rope_theta,
    ropeScaling: c.rope_scaling ?? null,
    normEpsilon: c.rms_norm_eps,
    tiedEmbeddings: c.tie_word_embeddings,
    attentionBias: isQwen || c.attention_bias,
    bosTokenId: c.bos_token_id ?? null,
    endTokenIds: c.eos_token_id == null ? [] : [c.eos_token_id].flat(),
  };
}

export function configFromShape(shape: DecoderShape): Record<string, unknown> {
  return {
    architectures: [shape.family === 'qwen2' ? 'Qwen2ForCausalLM' : 'LlamaForCausalLM'],
    model_type: shape.family,
    hidden_act: 'silu',
    num_hidden_layers: shape.layers,
    hidden_size: shape.hiddenSize,
    num_attention_heads: shape.attentionHeads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headSize,
    intermediate_size: shape.feedForwardSize,
    vocab_size: shape.vocabSize,
    max_position_embeddings: shape.contextTokens,
    rope_theta: shape.ropeTheta,
    rope_scaling: shape.ropeScaling === null ? null : { rope_type: 'llama3', ...shape.ropeScaling },
    rms_norm_eps: shape.normEpsilon,
    tie_word_embeddings: shape.tiedEmbeddings,
    attention_bias: shape.attentionBias,
    bos_token_id: shape.bosTokenId,
    eos_token_id: shape.endTokenIds.length === 1 ? shape.endTokenIds[0] : [...shape.endTokenIds],
  };
}
