import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuildOnnxDecoderOptions, buildOnnxDecoder } from './build-onnx-decoder.ts';
import { type DecoderShape, presetShapes } from './decoder-shape.ts';
import { randomWeights } from './random-weights.ts';
import { referenceLogits } from './reference-decoder.fixture.ts';

const shape: DecoderShape = {
  ...presetShapes.tiny,
  ...{ layers: 2, hiddenSize: 64, attentionHeads: 4, keyValueHeads: 2, headSize: 16, feedForwardSize: 96 },
  ...{ vocabSize: 160, contextTokens: 64 },
};
const stretchedRope = {
  ...{ factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 16 },
};

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'onnx-decoder-'));
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

type Built = Omit<BuildOnnxDecoderOptions, 'outputDir' | 'weights'>;

async function build(name: string, options: Built): Promise<InferenceSession> {
  const outputDir = join(dir, name);
  const weights = randomWeights({ shape: options.shape, seed: 7 });
  await buildOnnxDecoder({ ...options, weights, outputDir });
  return await InferenceSession.create(join(outputDir, 'model.onnx'), { logSeverityLevel: 3 });
}

const integers = (values: readonly number[], dims: readonly number[]) =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), dims);

function emptyCache(session: InferenceSession, batch: number, length: number): Record<string, Tensor> {
  const cache: Record<string, Tensor> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor || !input.name.startsWith('past_key_values')) continue;
    const [, heads, , width] = input.shape;
    const dims = [batch, Number(heads), length, Number(width)];
    const size = dims.reduce((a, b) => a * b, 1);
    cache[input.name] =
      input.type === 'float16'
        ? new Tensor('float16', new Uint16Array(size), dims)
        : new Tensor('float32', new Float32Array(size), dims);
  }
  return cache;
}

const presentToPast = (outputs: InferenceSession.ReturnType) =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith('present.'))
      .map(([name, tensor]) => [name.replace('present', 'past_key_values'), tensor]),
  );

async function prefill(session: InferenceSession, ids: readonly number[]) {
  const length = ids.length;
  return await session.run({
    input_ids: integers(ids, [1, length]),
    attention_mask: integers(Array(length).fill(1), [1, length]),
    ...emptyCache(session, 1, 0),
  });
}

const numbers = (tensor: Tensor | undefined) => Array.from(tensor?.data as Float32Array);
const largestDifference = (a: readonly number[], b: readonly number[]) =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? Number.NaN))), 0);

const ids = [0, 17, 99, 3, 150, 42, 42, 8, 61, 120, 5, 77];

describe('buildOnnxDecoder', () => {
  const variants: [string, DecoderShape][] = [
    ['tied embeddings', shape],
    ['an output projection of its own', { ...shape, tiedEmbeddings: false }],
    ['biased attention', { ...shape, family: 'qwen2', attentionBias: true }],
    ['stretched rotations', { ...shape, ropeScaling: stretchedRope }],
    ['a head for every key', { ...shape, keyValueHeads: 4 }],
  ];
  it.each(variants)('computes what plain arithmetic computes, with %s', async (name, variant) => {
    const session = await build(name, { shape: variant, dtype: 'fp32' });
    const { logits } = await prefill(session, ids);
    const expected = await referenceLogits(variant, randomWeights({ shape: variant, seed: 7 }), ids);
    expect(logits?.dims).toEqual([1, ids.length, variant.vocabSize]);
    expect(largestDifference(numbers(logits), expected)).toBeLessThan(2e-6);
  });

  it.each([
    ['fp16', 2e-3],
    ['int8', 1e-2],
    ['int4', 8e-2],
    ['w8a8', 3e-2],
  ] as const)('stays near plain arithmetic in %s', async (dtype, tolerance) => {
    const session = await build(dtype, { shape, dtype });
    const { logits } = await prefill(session, ids);
    const expected = await referenceLogits(shape, randomWeights({ shape, seed: 7 }), ids);
    expect(logits?.type).toBe('float32');
    expect(largestDifference(numbers(logits), expected)).toBeLessThan(tolerance);
  });

  it('decodes step by step what one prefill computes', async () => {
    const session = await build('steps', { shape, dtype: 'fp32' });
    const whole = numbers((await prefill(session, ids))['logits']);
    let outputs = await prefill(session, ids.slice(0, 4));
    for (let position = 4; position < ids.length; position++) {
      outputs = await session.run({
        input_ids: integers([ids[position] ?? 0], [1, 1]),
        attention_mask: integers(Array(position + 1).fill(1), [1, position + 1]),
        ...presentToPast(outputs),
      });
      const row = whole.slice(position * shape.vocabSize, (position + 1) * shape.vocabSize);
      expect(largestDifference(numbers(outputs['logits']), row)).toBeLessThan(2e-6);
    }
  });

  it.each(['fp32', 'w8a8'] as const)(
    'decodes rows of different lengths as it decodes each alone, in %s',
    async (dtype) => {
      const session = await build(`ragged-${dtype}`, { shape, dtype });
      const lengths = [3, 9, 6];
      const slabLength = 16;
      const slab = emptyCache(session, lengths.length, slabLength);
      const alone: number[] = [];
      for (const [row, length] of lengths.entries()) {
        const first = await prefill(session, ids.slice(0, length));
        copyRow(slab, presentToPast(first), row);
        const next = await session.run({
          input_ids: integers([11], [1, 1]),
          attention_mask: integers(Array(length + 1).fill(1), [1, length + 1]),
          ...presentToPast(first),
        });
        alone.push(...numbers(next['logits']));
      }
      const longest = Math.max(...lengths) + 1;
      const mask = lengths.flatMap((length) =>
        Array.from({ length: longest }, (_, i) => (i <= length ? 1 : 0)),
      );
      const together = await session.run({
        input_ids: integers([11, 11, 11], [3, 1]),
        attention_mask: integers(mask, [3, longest]),
        ...slab,
      });
      expect(numbers(together['logits'])).toEqual(alone);
    },
  );

  it.each(['fp32', 'w8a8'] as const)(
    'answers the last positions alone when told how many, in %s',
    async (dtype) => {
      const session = await build(`keep-${dtype}`, { shape, dtype, layout: 'extended' });
      const run = async (kept: number) =>
        await session.run({
          input_ids: integers(ids, [1, ids.length]),
          attention_mask: integers(Array(ids.length).fill(1), [1, ids.length]),
          num_logits_to_keep: integers([kept], []),
          ...emptyCache(session, 1, 0),
        });
      const all = numbers((await run(0))['logits']);
      const last = await run(2);
      expect(last['logits']?.dims).toEqual([1, 2, shape.vocabSize]);
      expect(numbers(last['logits'])).toEqual(all.slice(-2 * shape.vocabSize));
      expect(last['hidden_states']?.dims).toEqual([1, ids.length, shape.hiddenSize]);
    },
  );

  it.each(variants)(
    'computes with bytes near what plain arithmetic computes, with %s',
    async (name, variant) => {
      const session = await build(`w8a8 ${name}`, { shape: variant, dtype: 'w8a8' });
      const { logits } = await prefill(session, ids);
      const expected = await referenceLogits(variant, randomWeights({ shape: variant, seed: 7 }), ids);
      expect(logits?.dims).toEqual([1, ids.length, variant.vocabSize]);
      expect(largestDifference(numbers(logits), expected)).toBeLessThan(3e-2);
    },
  );

  it('answers with bytes, for a prompt cut in two, what it answers for the whole', async () => {
    const session = await build('cut', { shape, dtype: 'w8a8' });
    const whole = numbers((await prefill(session, ids))['logits']);
    const rest = await session.run({
      input_ids: integers(ids.slice(5), [1, ids.length - 5]),
      attention_mask: integers(Array(ids.length).fill(1), [1, ids.length]),
      ...presentToPast(await prefill(session, ids.slice(0, 5))),
    });
    const expected = whole.slice(5 * shape.vocabSize);
    expect(largestDifference(numbers(rest['logits']), expected)).toBeLessThan(1e-2);
  });

  it('computes the same from a data file as from one file', async () => {
    const inline = await build('inline', { shape, dtype: 'int8' });
    const external = await build('external', { shape, dtype: 'int8', inlineLimitBytes: 0 });
    expect((await readdir(join(dir, 'external'))).sort()).toEqual([
      'config.json',
      'model.onnx',
      'model.onnx_data',
    ]);
    const [a, b] = [await prefill(inline, ids), await prefill(external, ids)];
    expect(numbers(a['logits'])).toEqual(numbers(b['logits']));
  });

  it('halves the file with half storage and loses no more than the rounding', async () => {
    const full = await prefill(await build('full', { shape, dtype: 'fp32' }), ids);
    const half = await prefill(await build('half', { shape, dtype: 'fp32', halfStorage: true }), ids);
    expect(largestDifference(numbers(full['logits']), numbers(half['logits']))).toBeLessThan(1e-3);
    const size = async (name: string) => (await stat(join(dir, name, 'model.onnx'))).size;
    expect(await size('half')).toBeLessThan(0.6 * (await size('full')));
  });
});

/** Copies the one row of `source` into row `row` of a slab with room for more positions. */
function copyRow(slab: Record<string, Tensor>, source: Record<string, Tensor>, row: number): void {
  for (const [name, tensor] of Object.entries(source)) {
    const target = slab[name];
    if (target === undefined) throw new Error(`no slab for ${name}`);
    const [, heads = 0, length = 0, width = 0] = tensor.dims;
    const slabLength = target.dims[2] ?? 0;
    for (let head = 0; head < heads; head++) {
      const from = (tensor.data as Float32Array).subarray(head * length * width, (head + 1) * length * width);
      (target.data as Float32Array).set(from, (row * heads + head) * slabLength * width);
    }
  }
}
