// The embedding of a text: the mean of its hidden states.

export function meanOfRows(numbers: Float32Array, rows: number): Float32Array {
  const width = numbers.length / rows;
  const mean = new Float32Array(width);
  for (let i = 0; i < numbers.length; i++)
    mean[i % width] = (mean[i % width] as number) + (numbers[i] as number) / rows;
  return mean;
}
