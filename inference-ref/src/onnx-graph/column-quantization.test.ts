import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createColumnQuantizer } from './column-quantization.ts';

const INPUTS = 6;

function quantize(outputs: readonly Float32Array[]) {
  const quantizer = createColumnQuantizer(outputs.length, INPUTS);
  for (const row of outputs) quantizer.add(row);
  return quantizer;
}

describe('column quantisation', () => {
  it('stays within half a step of every number, an output a column', () => {
    const row = fc.float32Array({ minLength: INPUTS, maxLength: INPUTS, min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (outputs) => {
        const { codes, scales } = quantize(outputs);
        for (const [output, weights] of outputs.entries()) {
          const scale = scales[output] ?? 0;
          for (const [input, weight] of weights.entries()) {
            const code = codes[input * outputs.length + output] ?? 0;
            // The smallest numbers of float32 have no step that fine.
            expect(Math.abs(code * scale - weight)).toBeLessThanOrEqual(scale * 0.501 + 1e-43 * 64);
          }
        }
      }),
    );
  });

  it('never adds up to more than 16 bits hold in a pair of products', () => {
    const { codes } = quantize([Float32Array.of(1, -1, 0.5, 0, 1, 1), new Float32Array(INPUTS).fill(-3)]);
    const largest = Math.max(...codes.map(Math.abs));
    expect(2 * 255 * largest).toBeLessThan(2 ** 15);
    expect(largest).toBeGreaterThan(60);
  });

  it('takes rows in blocks of any number', () => {
    const rows = Float32Array.from({ length: 3 * INPUTS }, (_, i) => Math.sin(i));
    const byRow = quantize([0, 1, 2].map((row) => rows.subarray(row * INPUTS, (row + 1) * INPUTS)));
    const atOnce = createColumnQuantizer(3, INPUTS);
    atOnce.add(rows);
    expect(atOnce.codes).toEqual(byRow.codes);
    expect(atOnce.scales).toEqual(byRow.scales);
  });

  it('gives an output of zeros a scale of zero', () => {
    const { codes, scales } = quantize([new Float32Array(INPUTS)]);
    expect([...scales, ...codes].every((number) => number === 0)).toBe(true);
  });
});
