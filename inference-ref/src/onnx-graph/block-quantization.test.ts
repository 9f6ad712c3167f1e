import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantizeRows } from './block-quantization.ts';

function dequantize(rows: Float32Array, bits: 4 | 8, blockSize: number): number[] {
  const { data, scales } = quantizeRows(rows, { bits, blockSize });
  const middle = 2 ** (bits - 1);
  return Array.from(rows, (_, i) => {
    const byte = data[bits === 8 ? i : i >> 1] ?? 0;
    const code = bits === 8 ? byte : (byte >> (4 * (i & 1))) & 15;
    return (code - middle) * (scales[Math.floor(i / blockSize)] ?? 0);
  });
}

describe('block quantisation', () => {
  it.each([4, 8] as const)('stays within a step of every number at %d bits', (bits) => {
    const blocks = fc.float32Array({ minLength: 32, maxLength: 32, min: -8, max: 8, noNaN: true });
    fc.assert(
      fc.property(blocks, (rows) => {
        const extreme = Math.max(...rows.map(Math.abs));
        const step = extreme / 2 ** (bits - 1);
        for (const [i, value] of dequantize(rows, bits, 16).entries()) {
          expect(Math.abs(value - (rows[i] ?? 0))).toBeLessThanOrEqual(step * 1.0001 + 1e-38);
        }
      }),
    );
  });

  it('keeps the extreme of a block and a block of zeros exactly', () => {
    const rows = Float32Array.of(0.5, -1, 0.25, 0.125, 0, 0, 0, 0);
    expect(dequantize(rows, 8, 4)).toEqual([...rows]);
  });

  it('puts the first number of a pair into the low nibble', () => {
    const { data } = quantizeRows(Float32Array.of(-8, 7), { bits: 4, blockSize: 2 });
    expect([...data]).toEqual([0xf0]);
  });
});
