// What the graph of a model directory is called.

/** `null`: the usual one; a variant stands beside it, as `int8` in model_int8.onnx. */
export function graphFileName(variant: string | null): string {
  return variant === null ? 'model.onnx' : `model_${variant}.onnx`;
}

/** The tensors of a large graph. */
export function dataFileName(graphFile: string): string {
  return `${graphFile}_data`;
}
