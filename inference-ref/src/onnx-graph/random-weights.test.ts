import { describe, expect, it } from 'vitest';
import { presetShapes } from './decoder-shape.ts';
import { randomWeights } from './random-weights.ts';

const shape = presetShapes.tiny;
const embedding = 'model.embed_tokens.weight';

describe('randomWeights', () => {
  it('answers the same rows however they are cut into blocks', async () => {
    const weights = randomWeights({ shape, seed: 3 });
    const whole = await weights.readRows(embedding, 0, 12);
    const tail = await weights.readRows(embedding, 5, 12);
    expect(tail).toEqual(whole.slice(5 * shape.hiddenSize));
  });

  it('differs by seed, by tensor and by row', async () => {
    const read = async (seed: number, name: string, row: number) =>
      (await randomWeights({ shape, seed }).readRows(name, row, row + 1)).join();
    const query = 'model.layers.0.self_attn.q_proj.weight';
    const rows = [
      await read(3, embedding, 0),
      await read(4, embedding, 0),
      await read(3, embedding, 1),
      await read(3, query, 0),
    ];
    expect(new Set(rows).size).toBe(4);
  });

  it('spreads as initial weights do, smaller towards the residual stream, and leaves norms at one', async () => {
    const weights = randomWeights({ shape, seed: 3 });
    const deviation = (values: Float32Array) =>
      Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    expect(deviation(await weights.readRows(embedding, 0, 2000))).toBeCloseTo(0.02, 4);
    const down = await weights.readRows('model.layers.1.mlp.down_proj.weight', 0, 256);
    expect(deviation(down)).toBeCloseTo(0.02 / Math.sqrt(8), 4);
    expect(new Set(await weights.readRows('model.norm.weight', 0, 256))).toEqual(new Set([1]));
  });

  it('refuses a tensor that the shape does not have', async () => {
    const read = randomWeights({ shape, seed: 3 }).readRows('lm_head.weight', 0, 1);
    await expect(read).rejects.toMatchObject({ code: 'TG_MODEL_SHAPE_UNSUPPORTED' });
  });
});
