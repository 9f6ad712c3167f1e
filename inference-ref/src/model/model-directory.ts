// What a model directory holds: the graph file, limits, end tokens, tokenizer files, chat template, default sampling. It
// reads small files alone and opens no session.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { dataFileName, graphFileName } from '../onnx-graph/graph-file.ts';

export const errModelInvalid = defineError('TG_MODEL_INVALID', 500);

export interface ModelDirectory {
  readonly name: string;
  readonly path: string;
  readonly modelFile: string;
  /** Bytes of the graph and its data file: what the weights will take in memory, about. */
  readonly weightBytes: number;
  /** Seconds since the Unix epoch. */
  readonly createdAt: number;
  readonly contextTokens: number;
  readonly endTokenIds: readonly number[];
  readonly defaultTemperature: number;
  readonly defaultTopP: number;
  readonly defaultTopK: number;
}

const tokenIds = z.union([z.number().int(), z.array(z.number().int())]).nullish();
const configSchema = z.object({
  max_position_embeddings: z.number().int().positive(),
  eos_token_id: tokenIds,
});
const generationSchema = z.object({
  eos_token_id: tokenIds,
  do_sample: z.boolean().optional(),
  temperature: z.number().nonnegative().optional(),
  top_p: z.number().positive().max(1).optional(),
  top_k: z.number().int().nonnegative().optional(),
});

/** Where exporters put the graph, the usual one first; a quantised variant is asked for by `variant`. */
function graphCandidates(variant: string | null): string[] {
  const file = graphFileName(variant);
  return [file, join('onnx', file)];
}

export interface ReadModelOptions {
  /** A quantised variant: `int8` means model_int8.onnx. */
  readonly variant?: string | null;
  /** What clients call it, as it stands; default: the directory's name, with the variant's behind it. */
  readonly name?: string;
}

export function readModelDirectory(directory: string, options: ReadModelOptions = {}): ModelDirectory {
  const path = resolve(directory);
  const variant = options.variant ?? null;
  const ownName = variant === null ? basename(path) : `${basename(path)}-${variant}`;
  const modelFile = graphCandidates(variant)
    .map((file) => join(path, file))
    .find((file) => existsSync(file));
  if (modelFile === undefined) {
    throw errModelInvalid(`${path} holds no ${graphCandidates(variant).join(' and no ')}`, {
      hint: 'point --model at an exported decoder: model.onnx, config.json, tokenizer.json, tokenizer_config.json',
    });
  }
  const config = readJson(join(path, 'config.json'), configSchema);
  const generationFile = join(path, 'generation_config.json');
  const generation = existsSync(generationFile) ? readJson(generationFile, generationSchema) : {};
  const samples = generation.do_sample !== false;
  return {
    name: options.name ?? ownName,
    path,
    modelFile,
    weightBytes: [modelFile, dataFileName(modelFile)].reduce((sum, file) => sum + sizeOf(file), 0),
    createdAt: Math.floor(statSync(modelFile).mtimeMs / 1000),
    contextTokens: config.max_position_embeddings,
    endTokenIds: [...new Set([generation.eos_token_id ?? [], config.eos_token_id ?? []].flat())],
    defaultTemperature: samples ? (generation.temperature ?? 1) : 0,
    defaultTopP: generation.top_p ?? 1,
    defaultTopK: generation.top_k ?? 0,
  };
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

function readJson<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw errModelInvalid(`cannot read ${file}`, { cause });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw errModelInvalid(`${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
