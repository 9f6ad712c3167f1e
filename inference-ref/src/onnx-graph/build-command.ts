// `tollgate infer build`: writes an ONNX model directory, from a checkpoint or with random weights of a published
// shape. It parses flags and shows progress; building is build-onnx-decoder's.

import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { buildOnnxDecoder, estimateTensorBytes } from './build-onnx-decoder.ts';
import { openBuiltWeights } from './built-weights.ts';
import type { DecoderLayout } from './decoder-context.ts';
import { type DecoderShape, type PresetName, presetShapes, shapeFromConfig } from './decoder-shape.ts';
import type { DecoderDtype, FloatType } from './decoder-weights.ts';
import { withBundledTokens, writeFillerTokenizer } from './filler-tokenizer.ts';
import { randomWeights } from './random-weights.ts';
import { openSafetensors } from './safetensors-weights.ts';
import { parameterCount, type WeightSource } from './weight-source.ts';

const errNothingToBuild = defineError('TG_MODEL_BUILD_USAGE', 400);

const BUNDLED_MODEL_DIR = fileURLToPath(new URL('../../bundled-model/', import.meta.url));
const TOKENIZER_FILES = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
]);

interface BuildFlags {
  readonly shape?: PresetName;
  readonly from?: string;
  readonly dtype: DecoderDtype;
  readonly out: string;
  readonly activations?: 'fp32' | 'fp16';
  readonly context?: number;
  readonly seed: number;
  readonly halfStorage?: true;
  readonly layout: DecoderLayout;
}

interface BuildSource {
  readonly shape: DecoderShape;
  readonly weights: WeightSource;
  writeTokenizer(outputDir: string, shape: DecoderShape): Promise<void>;
}

export function createBuildCommand(): Command {
  const presets = Object.keys(presetShapes);
  return new Command('build')
    .description('write an ONNX model directory: random weights of a published shape, or a checkpoint')
    .addOption(
      new Option('--shape <name>', 'random weights of this shape').choices(presets).conflicts('from'),
    )
    .option(
      '--from <dir>',
      'a checkpoint (config.json and *.safetensors of a Llama-family model), or a model built in fp32 or fp16',
    )
    .addOption(
      new Option('--dtype <type>', 'form of the weights')
        .choices(['fp32', 'fp16', 'int8', 'int4', 'w8a8'])
        .default('fp32'),
    )
    .requiredOption('--out <dir>', 'folder to write')
    .addOption(
      new Option('--activations <type>', 'activations and cache; default fp16 for fp16, else fp32').choices([
        'fp32',
        'fp16',
      ]),
    )
    .option('--context <tokens>', 'longest context, where the shape’s own is not needed', positiveInteger)
    .option('--seed <n>', 'seed of random weights', positiveInteger, 1)
    .option('--half-storage', 'keep float32 numbers as float16 in the file and widen them when loaded')
    .addOption(
      new Option(
        '--layout <name>',
        'extended: with the input num_logits_to_keep and the output hidden_states',
      )
        .choices(['standard', 'extended'])
        .default('extended'),
    )
    .action(runBuild);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number above 0.');
  return value;
}

async function runBuild(flags: BuildFlags): Promise<void> {
  refuseUnusable(flags);
  const source = await openSource(flags);
  const contextTokens = Math.min(flags.context ?? source.shape.contextTokens, source.shape.contextTokens);
  const shape = { ...source.shape, contextTokens };
  const { dtype, out: outputDir } = flags;
  const bar = new SingleBar({
    format: 'writing {bar} {percentage}% | {value} of {total} MB | {duration_formatted}',
    stream: process.stderr,
    hideCursor: true,
  });
  process.stderr.write(
    `${(parameterCount(shape) / 1e6).toFixed(1)} M parameters, ${dtype}, to ${outputDir}\n`,
  );
  bar.start(Math.ceil(estimateTensorBytes(shape, dtype) / 1e6), 0);
  const startMs = performance.now();
  try {
    const built = await buildOnnxDecoder({
      shape,
      dtype,
      weights: source.weights,
      outputDir,
      ...(flags.activations && { floatType: floatTypeOf(flags.activations) }),
      halfStorage: flags.halfStorage ?? false,
      layout: flags.layout,
      onProgress: (writtenBytes) => bar.update(Math.floor(writtenBytes / 1e6)),
    });
    bar.setTotal(Math.floor(built.tensorBytes / 1e6));
    bar.stop();
    await source.writeTokenizer(outputDir, shape);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const size = `${(built.tensorBytes / 1e6).toFixed(1)} MB`;
    process.stdout.write(
      `${built.files.join(', ')} and the tokenizer in ${outputDir}: ${size} in ${seconds} s\n`,
    );
  } finally {
    bar.stop();
    await source.weights.close();
  }
}

function refuseUnusable({ dtype, activations, from, out }: BuildFlags): void {
  if (dtype === 'w8a8' && activations === 'fp16') {
    throw errNothingToBuild('w8a8 computes with fp32 activations', { hint: 'Leave --activations away.' });
  }
  if (from !== undefined && resolve(from) === resolve(out)) {
    throw errNothingToBuild('--out is the folder that --from reads', { hint: 'Give another folder.' });
  }
}

function floatTypeOf(name: 'fp32' | 'fp16'): FloatType {
  return name === 'fp16' ? 'float16' : 'float32';
}

async function openSource(flags: BuildFlags): Promise<BuildSource> {
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
  const isBuilt = weightFiles.length === 0 && names.includes('model.onnx');
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
