import { describe, expect, it } from 'vitest';
import { configFromShape, type PresetName, presetShapes, shapeFromConfig } from './decoder-shape.ts';
import { parameterCount } from './weight-source.ts';

describe('decoder shapes', () => {
  // The counts that the model cards of the published shapes state.
  it.each([
    ['llama-160m', 162_417_408],
    ['llama-1b', 1_235_814_400],
    ['qwen2.5-0.5b', 494_032_768],
    ['tiny', 3_868_928],
  ] as [PresetName, number][])('%s has the published number of parameters', (name, count) => {
    expect(parameterCount(presetShapes[name])).toBe(count);
  });

  it.each(Object.keys(presetShapes) as PresetName[])('%s survives its config.json', (name) => {
    const config = JSON.parse(JSON.stringify(configFromShape(presetShapes[name])));
    expect(shapeFromConfig(config)).toEqual(presetShapes[name]);
  });

  it('refuses a family that it cannot write', () => {
    const config = { ...configFromShape(presetShapes.tiny), model_type: 'gpt2' };
    expect(() => shapeFromConfig(config)).toThrow(
      expect.objectContaining({ code: 'TG_MODEL_SHAPE_UNSUPPORTED' }),
    );
  });

  it('names every field of a config.json that is wrong', () => {
    const config = { ...configFromShape(presetShapes.tiny), hidden_size: 0, rms_norm_eps: 'small' };
    expect(() => shapeFromConfig(config)).toThrow(
      /hidden_size[\s\S]*rms_norm_eps|rms_norm_eps[\s\S]*hidden_size/,
    );
  });

  it('refuses rotations that are scaled in a way it does not know', () => {
    const config = { ...configFromShape(presetShapes.tiny), rope_scaling: { rope_type: 'yarn', factor: 4 } };
    expect(() => shapeFromConfig(config)).toThrow(/rope_scaling/);
  });
});
