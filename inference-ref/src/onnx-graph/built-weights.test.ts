import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildOnnxDecoderOptions, buildOnnxDecoder } from './build-onnx-decoder.ts';
import { openBuiltWeights } from './built-weights.ts';
import { type DecoderShape, presetShapes } from './decoder-shape.ts';
import { fromFloat16Bits, toFloat16Bits } from './half-float.ts';
import { randomWeights } from './random-weights.ts';
import { tensorDims } from './weight-source.ts';

const shape: DecoderShape = {
  ...presetShapes.tiny,
  ...{ layers: 2, hiddenSize: 64, attentionHeads: 4, keyValueHeads: 2, headSize: 16, feedForwardSize: 96 },
  ...{ vocabSize: 160, contextTokens: 64 },
};

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'built-weights-'));
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

type Built = Omit<BuildOnnxDecoderOptions, 'outputDir' | 'weights'>;

async function build(name: string, options: Built): Promise<string> {
  const outputDir = join(dir, name);
  const weights = randomWeights({ shape: options.shape, seed: 3 });
  await buildOnnxDecoder({ ...options, weights, outputDir });
  return outputDir;
}

const halved = (numbers: Float32Array) => fromFloat16Bits(toFloat16Bits(numbers));
const asTheyAre = (numbers: Float32Array) => numbers;

describe('openBuiltWeights', () => {
  const forms: [string, Built, (numbers: Float32Array) => Float32Array][] = [
    ['floats in the file', { shape, dtype: 'fp32' }, asTheyAre],
    ['floats in a data file', { shape, dtype: 'fp32', inlineLimitBytes: 0 }, asTheyAre],
    ['floats stored in half', { shape, dtype: 'fp32', halfStorage: true, layout: 'extended' }, halved],
    ['halves', { shape, dtype: 'fp16' }, halved],
    [
      'biases and an output projection',
      { shape: { ...shape, family: 'qwen2', attentionBias: true, tiedEmbeddings: false }, dtype: 'fp32' },
      asTheyAre,
    ],
  ];
  it.each(forms)('reads back every weight of a model with %s', async (name, options, kept) => {
    const folder = await build(name.replaceAll(' ', '-'), options);
    const weights = await openBuiltWeights(folder, options.shape);
    const written = randomWeights({ shape: options.shape, seed: 3 });
    for (const [tensor, [rows = 0]] of tensorDims(options.shape)) {
      const half = Math.floor(rows / 2);
      const read = await weights.readRows(tensor, half, rows);
      expect(read, tensor).toEqual(kept(await written.readRows(tensor, half, rows)));
    }
  });

  it('says of a quantised model what would do', async () => {
    const folder = await build('quantised', { shape, dtype: 'int8' });
    await expect(openBuiltWeights(folder, shape)).rejects.toMatchObject({
      code: 'TG_MODEL_WEIGHTS_UNREADABLE',
      hint: expect.stringContaining('checkpoint'),
    });
  });

  it('says of a file that is cut, and of a config of another shape, that it cannot be read', async () => {
    const folder = await build('cut', { shape, dtype: 'fp32' });
    const deeper = await openBuiltWeights(folder, { ...shape, layers: 3 });
    const missing = deeper.readRows('model.layers.2.self_attn.q_proj.weight', 0, 1);
    await expect(missing).rejects.toMatchObject({ code: 'TG_MODEL_WEIGHTS_UNREADABLE' });
    const file = join(folder, 'model.onnx');
    await writeFile(file, (await readFile(file)).subarray(0, -1000));
    await expect(openBuiltWeights(folder, shape)).rejects.toMatchObject({
      code: 'TG_MODEL_WEIGHTS_UNREADABLE',
    });
  });
});
