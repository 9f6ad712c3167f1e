// Where the weights of a build come from: random numbers of a published shape, a checkpoint, or a model built before; and
// the tokenizer that goes with them.

import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { openBuiltWeights } from './built-weights.ts';
import { type DecoderShape, type PresetName, presetShapes, shapeFromConfig } from './decoder-shape.ts';
import { withBundledTokens, writeFillerTokenizer } from './filler-tokenizer.ts';
import { graphFileName } from './graph-file.ts';
import { randomWeights } from './random-weights.ts';
import { openSafetensors } from './safetensors-weights.ts';
import type { WeightSource } from './weight-source.ts';

export const errNothingToBuild = defineError('TG_MODEL_BUILD_USAGE', 400);

const BUNDLED_MODEL_DIR = fileURLToPath(new URL('../../bundled-model/', import.meta.url));
const TOKENIZER_FILES = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
]);

export interface BuildSource {
  readonly shape: DecoderShape;
  readonly weights: WeightSource;
  writeTokenizer(outputDir: string, shape: DecoderShape): Promise<void>;
}

export interface SourceFlags {
  readonly shape?: PresetName;
  readonly from?: string;
  /** Of random weights. */
  readonly seed: number;
}

export async function openSource(flags: SourceFlags): Promise<BuildSource> {
  if (flags.from !== undefined) return await openCheckpoint(flags.from);
  if (flags.shape === undefined) {
    throw errNothingToBuild('nothing to build from', {
      hint: `Give --shape (${Object.keys(presetShapes).join(', ')}) or --from <checkpoint dir>.`,
    });
  }
  const shape = withBundledTokens(presetShapes[flags.shape]);
  return {
    shape,
    weights: randomWeights({ shape, seed: flags.seed }),
    writeTokenizer: async (outputDir, written) =>
      await writeFillerTokenizer({ sourceDir: BUNDLED_MODEL_DIR, outputDir, shape: written }),
  };
}

async function openCheckpoint(dir: string): Promise<BuildSource> {
  const names = await readdir(dir);
  const weightFiles = names.filter((name) => name.endsWith('.safetensors')).sort();
  const isBuilt = weightFiles.length === 0 && names.includes(graphFileName(null));
  if ((weightFiles.length === 0 && !isBuilt) || !names.includes('config.json')) {
    throw errNothingToBuild(`${dir} holds no checkpoint and no built model`, {
      hint: 'It must hold config.json, and *.safetensors or model.onnx.',
    });
  }
  const shape = shapeFromConfig(JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')));
  return {
    shape,
    weights: isBuilt
      ? await openBuiltWeights(dir, shape)
      : await openSafetensors(weightFiles.map((name) => join(dir, name))),
    async writeTokenizer(outputDir) {
      await mkdir(outputDir, { recursive: true });
      for (const name of names.filter((candidate) => TOKENIZER_FILES.has(candidate))) {
        await copyFile(join(dir, name), join(outputDir, name));
      }
    },
  };
}
