// `tollgate infer build`: writes an ONNX model directory. It parses flags and shows progress; where weights come from is
// build-source's, building build-onnx-decoder's.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { buildOnnxDecoder, estimateTensorBytes } from './build-onnx-decoder.ts';
import { errNothingToBuild, openSource, type SourceFlags } from './build-source.ts';
import type { DecoderLayout } from './decoder-context.ts';
import { type DecoderShape, presetShapes, shapeFromConfig } from './decoder-shape.ts';
import type { DecoderDtype, FloatType } from './decoder-weights.ts';
import { parameterCount } from './weight-source.ts';

interface BuildFlags extends SourceFlags {
  readonly dtype: DecoderDtype;
  readonly out: string;
  readonly variant?: string;
  readonly activations?: 'fp32' | 'fp16';
  readonly context?: number;
  readonly halfStorage?: true;
  readonly layout: DecoderLayout;
}

export function createBuildCommand(): Command {
  const presets = Object.keys(presetShapes);
  return new Command('build')
    .description(
      'write an ONNX model directory: random weights of a published shape, a checkpoint, or a model in another form',
    )
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
    .option(
      '--variant <name>',
      'write model_<name>.onnx alone, beside the model that the folder holds (tollgate infer --variant <name>)',
      variantName,
    )
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

function variantName(text: string): string {
  if (/^[\w.-]+$/.test(text)) return text;
  throw new InvalidArgumentError('must be letters, digits, dots, hyphens and underscores.');
}

async function runBuild(flags: BuildFlags): Promise<void> {
  refuseUnusable(flags);
  const source = await openSource(flags);
  const contextTokens = Math.min(flags.context ?? source.shape.contextTokens, source.shape.contextTokens);
  const shape = { ...source.shape, contextTokens };
  const { dtype, out: outputDir, variant } = flags;
  if (variant !== undefined) await refuseOtherShape(outputDir, shape);
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
      ...(variant !== undefined && { variant }),
      ...(flags.activations && { floatType: floatTypeOf(flags.activations) }),
      halfStorage: flags.halfStorage ?? false,
      layout: flags.layout,
      onProgress: (writtenBytes) => bar.update(Math.floor(writtenBytes / 1e6)),
    });
    bar.setTotal(Math.floor(built.tensorBytes / 1e6));
    bar.stop();
    if (variant === undefined) await source.writeTokenizer(outputDir, shape);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const size = `${(built.tensorBytes / 1e6).toFixed(1)} MB`;
    const tokenizer = variant === undefined ? ' and the tokenizer' : '';
    process.stdout.write(`${built.files.join(', ')}${tokenizer} in ${outputDir}: ${size} in ${seconds} s\n`);
  } finally {
    bar.stop();
    await source.weights.close();
  }
}

function refuseUnusable({ dtype, activations, from, out, variant }: BuildFlags): void {
  if (dtype === 'w8a8' && activations === 'fp16') {
    throw errNothingToBuild('w8a8 computes with fp32 activations', { hint: 'Leave --activations away.' });
  }
  if (from !== undefined && resolve(from) === resolve(out) && variant === undefined) {
    throw errNothingToBuild('--out is the folder that --from reads', {
      hint: 'Give another folder, or --variant to write a graph beside it.',
    });
  }
}

async function refuseOtherShape(outputDir: string, shape: DecoderShape): Promise<void> {
  const file = join(outputDir, 'config.json');
  const held = existsSync(file) ? shapeFromConfig(JSON.parse(await readFile(file, 'utf8'))) : null;
  if (isDeepStrictEqual(held, shape)) return;
  const what = held === null ? 'no model' : 'a model of another shape';
  throw errNothingToBuild(`${outputDir} holds ${what}, so it can have no variant of this one`, {
    hint: 'Leave --variant away to write a whole model directory.',
  });
}

function floatTypeOf(name: 'fp32' | 'fp16'): FloatType {
  return name === 'fp16' ? 'float16' : 'float32';
}
