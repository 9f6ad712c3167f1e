// Builds a model directory of a decoder: its graph, a data file when it is large, and config.json. No tokenizer, no
// runtime: what it writes, any loader of the exporters' layout reads.

import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DecoderLayout } from './decoder-context.ts';
import { writeDecoderGraph } from './decoder-graph.ts';
import { configFromShape, type DecoderShape } from './decoder-shape.ts';
import { createDecoderWeights, type DecoderDtype, type FloatType } from './decoder-weights.ts';
import { createGraphBuilder } from './graph-builder.ts';
import { dataFileName, graphFileName } from './graph-file.ts';
import { createInitializerStore } from './initializer-store.ts';
import { encodeModel } from './onnx-messages.ts';
import { parameterCount, type WeightSource } from './weight-source.ts';

export interface BuildOnnxDecoderOptions {
  readonly shape: DecoderShape;
  readonly dtype: DecoderDtype;
  /** The type of activations and cache; default float16 for fp16, else float32. */
  readonly floatType?: FloatType;
  /** Keeps float32 numbers as float16 in the file: half the size, the speed and arithmetic of float32. */
  readonly halfStorage?: boolean;
  readonly weights: WeightSource;
  readonly outputDir: string;
  /** Writes the graph alone, as this variant beside what the folder holds. */
  readonly variant?: string;
  /** Default `standard`, as exporters write. */
  readonly layout?: DecoderLayout;
  /** Above this the tensors go to a file of their own, since one protobuf ends at 2 GiB; default 512 MiB. */
  readonly inlineLimitBytes?: number;
  /** Called with the bytes of tensors written so far. */
  readonly onProgress?: (writtenBytes: number) => void;
}

export interface BuiltDecoder {
  readonly parameters: number;
  readonly tensorBytes: number;
  readonly files: readonly string[];
}

const CONFIG_FILE = 'config.json';
const DEFAULT_INLINE_LIMIT_BYTES = 512 * 1024 ** 2;

export async function buildOnnxDecoder(options: BuildOnnxDecoderOptions): Promise<BuiltDecoder> {
  const { shape, dtype, outputDir } = options;
  await mkdir(outputDir, { recursive: true });
  const inlineLimitBytes = options.inlineLimitBytes ?? DEFAULT_INLINE_LIMIT_BYTES;
  const isExternal = estimateTensorBytes(shape, dtype) > inlineLimitBytes;
  const graphFile = graphFileName(options.variant ?? null);
  const dataFile = isExternal ? dataFileName(graphFile) : null;
  let tensorBytes = 0;
  const store = await createInitializerStore({
    outputDir,
    externalFileName: dataFile,
    onBytes: (bytes) => {
      tensorBytes += bytes;
      options.onProgress?.(tensorBytes);
    },
  });
  const floatType = options.floatType ?? (dtype === 'fp16' ? 'float16' : 'float32');
  const graph = createGraphBuilder();
  const storedType = options.halfStorage === true ? 'float16' : floatType;
  const weights = createDecoderWeights({
    shape,
    floatType,
    storedType,
    source: options.weights,
    store,
    graph,
  });
  try {
    const layout = options.layout ?? 'standard';
    await writeDecoderGraph({ shape, dtype, floatType, layout, graph, weights, store });
  } finally {
    await store.close();
  }
  const { nodes, inputs, outputs } = graph;
  const metadata = { dtype, float_type: floatType };
  const model = encodeModel({
    name: shape.family,
    nodes,
    initializers: store.tensors,
    inputs,
    outputs,
    metadata,
  });
  await pipeline(Readable.from(model.chunks), createWriteStream(join(outputDir, graphFile)));
  const files = [graphFile, ...(dataFile === null ? [] : [dataFile])];
  const built = { parameters: parameterCount(shape), tensorBytes };
  if (options.variant !== undefined) return { ...built, files };
  await writeFile(join(outputDir, CONFIG_FILE), `${JSON.stringify(configFromShape(shape), null, 2)}\n`);
  return { ...built, files: [...files, CONFIG_FILE] };
}

/** Close enough to decide on a data file and to draw a progress bar. */
export function estimateTensorBytes(shape: DecoderShape, dtype: DecoderDtype): number {
  const bytesPerWeight = { fp32: 4, fp16: 2, int8: 1 + 4 / 32, int4: 0.5 + 4 / 32, w8a8: 1 }[dtype];
  const tableBytes = shape.contextTokens * shape.headSize * (dtype === 'fp16' ? 2 : 4);
  return Math.ceil(parameterCount(shape) * bytesPerWeight) + tableBytes;
}
