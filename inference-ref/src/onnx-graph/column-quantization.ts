// Quantises a matrix to signed bytes, one symmetric scale an output, and turns it so that a product of integers reads it:
// [inputs, outputs]. It takes a checkpoint's rows (one an output) block by block.

export interface ColumnQuantizer {
  /** int8 [inputs, outputs] */
  readonly codes: Int8Array;
  /** One an output. */
  readonly scales: Float32Array;
  /** The next rows, whole ones. */
  add(rows: Float32Array): void;
}

/**
 * Seven bits. A processor without dot products of bytes adds pairs of them in 16 bits: two activations of up to 255 times
 * two weights of up to 63 stay below 2¹⁵, two of up to 127 do not.
 */
const LARGEST_CODE = 63;

export function createColumnQuantizer(outputs: number, inputs: number): ColumnQuantizer {
  const codes = new Int8Array(inputs * outputs);
  const scales = new Float32Array(outputs);
  let output = 0;
  return {
    codes,
    scales,
    add(rows) {
      for (let start = 0; start < rows.length; start += inputs, output++) {
        const row = rows.subarray(start, start + inputs);
        const scale = Math.fround(largestOf(row) / LARGEST_CODE);
        scales[output] = scale;
        if (scale === 0) continue;
        for (let input = 0; input < inputs; input++) {
          codes[input * outputs + output] = Math.round((row[input] as number) / scale);
        }
      }
    },
  };
}

function largestOf(row: Float32Array): number {
  let largest = 0;
  for (const value of row) largest = Math.max(largest, Math.abs(value));
  return largest;
}
