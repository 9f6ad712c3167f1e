// The request fields that chat and text completions share, OpenAI's and those that vLLM added, and what they become.

import { z } from 'zod';
import type { ModelDirectory } from '../model/model-directory.ts';
import type { GenerationParams } from '../sampling/generation-params.ts';
import { errRequestInvalid, withParam } from './openai-error.ts';

const MAX_STOPS = 16;
/** Each is looked at for every token. */
const MAX_BIASES = 1_024;
/** A JSON number this large has lost its last digits already: OpenAI's 2^63 − 1 is read as 2^63. */
const SEED_RANGE = 2 ** 63;

export const samplingFields = {
  model: z.string().min(1).optional(),
  stream: z.boolean().nullish(),
  stream_options: z
    .object({ include_usage: z.boolean().nullish(), continuous_usage_stats: z.boolean().nullish() })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  /** −1 and 0 keep every token. */
  top_k: z.number().int().min(-1).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  repetition_penalty: z.number().gt(0).max(10).nullish(),
  seed: z
    .number()
    .min(-SEED_RANGE)
    .max(SEED_RANGE)
    .refine(Number.isInteger, { error: 'a whole number of 64 bits' })
    .nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(MAX_STOPS)]).nullish(),
  stop_token_ids: z.array(z.number().int().nonnegative()).max(MAX_STOPS).nullish(),
  min_tokens: z.number().int().nonnegative().nullish(),
  ignore_eos: z.boolean().nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d+$/), z.number().min(-100).max(100))
    .refine((biases) => Object.keys(biases).length <= MAX_BIASES, {
      error: `at most ${MAX_BIASES} tokens`,
    })
    .nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  user: z.string().max(256).nullish(),
  /** Lower is served earlier, as in vLLM. */
  priority: z.number().int().min(-100).max(100).nullish(),
  service_tier: z.string().nullish(),
  cache_salt: z.string().max(256).nullish(),
};

const fieldsSchema = z.object(samplingFields);
export type SamplingFields = z.infer<typeof fieldsSchema>;

export interface ParamsOptions {
  readonly fields: SamplingFields;
  readonly directory: ModelDirectory;
  readonly vocabSize: number;
  readonly maxTokens: number;
  readonly topLogprobs: number | null;
  readonly grammar: string | null;
}

/** What a request leaves open, the model's generation_config.json decides. */
export function generationParams({ fields, directory, vocabSize, ...rest }: ParamsOptions): GenerationParams {
  return {
    ...rest,
    minTokens: Math.min(fields.min_tokens ?? 0, rest.maxTokens),
    ignoreEos: fields.ignore_eos ?? false,
    temperature: fields.temperature ?? directory.defaultTemperature,
    topP: fields.top_p ?? directory.defaultTopP,
    topK: Math.max(0, fields.top_k ?? directory.defaultTopK),
    minP: fields.min_p ?? 0,
    presencePenalty: fields.presence_penalty ?? 0,
    frequencyPenalty: fields.frequency_penalty ?? 0,
    repetitionPenalty: fields.repetition_penalty ?? 1,
    seed: seedOf(fields.seed ?? null),
    logitBias: biasesOf(fields.logit_bias ?? {}, vocabSize),
    stopTexts: [fields.stop ?? []].flat(),
    stopTokenIds: fields.stop_token_ids ?? [],
  };
}

/** Choices count up from it, which only works where every whole number can be told from the next. */
function seedOf(seed: number | null): number | null {
  return seed === null || Number.isSafeInteger(seed) ? seed : seed % 2 ** 52;
}

function biasesOf(
  biases: Readonly<Record<string, number>>,
  vocabSize: number,
): GenerationParams['logitBias'] {
  return Object.entries(biases).map(([id, bias]) => {
    if (Number(id) < vocabSize) return [Number(id), bias] as const;
    throw withParam(errRequestInvalid(`token ${id} is not in the vocabulary`), 'logit_bias');
  });
}

/** `priority` and `flex` tiers move a request ahead of and behind the default one. */
export function priorityOf(fields: SamplingFields): number {
  const byTier: Readonly<Record<string, number>> = { priority: -1, flex: 1 };
  return fields.priority ?? byTier[fields.service_tier ?? ''] ?? 0;
}
