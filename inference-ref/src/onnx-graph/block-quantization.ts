// Quantises rows to 4 or 8 bits in the layout of onnxruntime's MatMulNBits: blocks along a row, one symmetric scale a
// block, unsigned numbers around the middle of the range, low nibble first.

export interface QuantizedRows {
  readonly data: Uint8Array;
  /** One a block, row after row. */
  readonly scales: Float32Array;
}

export interface QuantizeOptions {
  readonly bits: 4 | 8;
  readonly blockSize: number;
}

/** `rows` holds whole rows, each a whole number of blocks. */
export function quantizeRows(rows: Float32Array, options: QuantizeOptions): QuantizedRows {
  const { bits, blockSize } = options;
  const blocks = rows.length / blockSize;
  const scales = new Float32Array(blocks);
  const data = new Uint8Array((rows.length * bits) / 8);
  const middle = 2 ** (bits - 1);
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize;
    const scale = blockScale(rows, start, blockSize, middle);
    scales[block] = scale;
    for (let i = start; i < start + blockSize; i++) {
      const level = scale === 0 ? middle : Math.round((rows[i] as number) / scale) + middle;
      const code = Math.min(2 * middle - 1, Math.max(0, level));
      if (bits === 8) data[i] = code;
      else data[i >> 1] = (data[i >> 1] as number) | (i & 1 ? code << 4 : code);
    }
  }
  return { data, scales };
}

/** The number of largest magnitude lands on the lowest code, which has one level more than the highest. */
function blockScale(rows: Float32Array, start: number, size: number, middle: number): number {
  let extreme = 0;
  for (let i = start; i < start + size; i++) {
    const value = rows[i] as number;
    if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  }
  return extreme === 0 ? 0 : extreme / -middle;
}
