// Reads weights back out of a model that `tollgate infer build` wrote in floats, so that it can be written in another form.
// Which tensor stands where is learnt by writing the graph once more and noting what is asked for.

import { join } from 'node:path';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { writeDecoderGraph } from './decoder-graph.ts';
import type { DecoderShape } from './decoder-shape.ts';
import { type DecoderWeights, storedName } from './decoder-weights.ts';
import { createGraphBuilder } from './graph-builder.ts';
import { graphFileName } from './graph-file.ts';
import { type OnnxTensors, openOnnxTensors, type StoredFloats } from './onnx-tensors.ts';
import { tensorDims, type WeightSource } from './weight-source.ts';

const errNotBuilt = defineError('TG_MODEL_WEIGHTS_UNREADABLE', 400);

interface Place {
  readonly tensor: string;
  /** Turned: [inputs, outputs]. */
  readonly isTurned: boolean;
  readonly firstRow: number;
  readonly width: number;
}

export async function openBuiltWeights(modelDirectory: string, shape: DecoderShape): Promise<WeightSource> {
  const modelFile = join(modelDirectory, graphFileName(null));
  const tensors = await readable(modelFile, () => openOnnxTensors(modelFile));
  const dtype = tensors.metadata.get('dtype');
  if (dtype !== 'fp32' && dtype !== 'fp16') {
    throw errNotBuilt(`${modelFile} holds no weights as 'tollgate infer build' writes them in fp32 or fp16`, {
      hint: 'Give the checkpoint (config.json and *.safetensors), or a model that was built in floats.',
    });
  }
  const places = await notePlaces(shape);
  let last: { readonly name: string; readonly floats: StoredFloats } | null = null;
  const load = async (name: string): Promise<StoredFloats> => {
    if (last?.name !== name) {
      last = { name, floats: await readable(modelFile, () => readStored(tensors, name)) };
    }
    return last.floats;
  };
  return {
    async readRows(name, start, end) {
      const place = places.get(name);
      if (place === undefined) throw errNotBuilt(`a decoder of this shape has no tensor ${name}`);
      const { dims, numbers } = await load(place.tensor);
      const [first, after] = [place.firstRow + start, place.firstRow + end];
      if (!place.isTurned) return numbers.slice(first * place.width, after * place.width);
      return turnedRows(numbers, { outputs: dims[1] as number, width: place.width, first, after });
    },
    close: async () => undefined,
  };
}

/** A file that is cut or of another shape is the caller's mistake, not ours. */
async function readable<T>(modelFile: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw errNotBuilt(`${modelFile} cannot be read: ${cause.message}`, {
      cause,
      hint: 'The file must be whole, and of the shape that config.json beside it describes.',
    });
  }
}

async function readStored(tensors: OnnxTensors, name: string): Promise<StoredFloats> {
  return await tensors.read(tensors.names.has(name) ? name : storedName(name));
}

interface TurnedRows {
  readonly outputs: number;
  readonly width: number;
  readonly first: number;
  readonly after: number;
}

function turnedRows(numbers: Float32Array, { outputs, width, first, after }: TurnedRows): Float32Array {
  const rows = new Float32Array((after - first) * width);
  for (let input = 0; input < width; input++) {
    for (let output = first; output < after; output++) {
      rows[(output - first) * width + input] = numbers[input * outputs + output] as number;
    }
  }
  return rows;
}

/** By the names that checkpoints use. */
async function notePlaces(shape: DecoderShape): Promise<ReadonlyMap<string, Place>> {
  const dims = tensorDims(shape);
  const places = new Map<string, Place>();
  const note = (isTurned: boolean) => async (tensor: string, names: readonly string[]) => {
    let firstRow = 0;
    for (const name of names) {
      const [rows = 0, width = 1] = dims.get(name) ?? [];
      places.set(name, { tensor, isTurned, firstRow, width });
      firstRow += rows;
    }
  };
  const none = async () => undefined;
  const weights: DecoderWeights = {
    ...{ vector: note(false), rows: note(false), transposed: note(true) },
    ...{ quantized: none, quantizedColumns: none },
  };
  await writeDecoderGraph({
    ...{ shape, dtype: 'fp32', floatType: 'float32', layout: 'extended', weights },
    graph: createGraphBuilder(),
    store: { tensors: [], add: none, close: none },
  });
  return places;
}
