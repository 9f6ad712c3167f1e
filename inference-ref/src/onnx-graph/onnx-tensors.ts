// Finds the constant tensors of an ONNX file and reads their numbers, from the file itself or from its data file. Only
// what it needs of onnx.proto is known here, by field number.

import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromFloat16Bits } from './half-float.ts';
import { elementTypeCodes } from './onnx-messages.ts';
import { readFields } from './protobuf-fields.ts';

export interface OnnxTensors {
  readonly metadata: ReadonlyMap<string, string>;
  readonly names: ReadonlySet<string>;
  /** float32 and float16 tensors, as float32. Throws a RangeError for a name or a type that it does not have. */
  read(name: string): Promise<StoredFloats>;
}

export interface StoredFloats {
  readonly dims: readonly number[];
  readonly numbers: Float32Array;
}

interface StoredTensor {
  readonly dims: number[];
  readonly entries: Map<string, string>;
  name: string;
  elementType: number;
  content: Uint8Array | null;
}

const FIELDS = {
  model: { graph: 7, metadata: 14 },
  graph: { initializer: 5 },
  tensor: { dims: 1, elementType: 2, name: 8, content: 9, external: 13 },
  entry: { key: 1, value: 2 },
} as const;

export async function openOnnxTensors(modelFile: string): Promise<OnnxTensors> {
  const metadata = new Map<string, string>();
  const tensors = new Map<string, StoredTensor>();
  for (const { field, value } of readFields(await readFile(modelFile))) {
    if (typeof value === 'bigint') continue;
    if (field === FIELDS.model.metadata) addEntry(metadata, value);
    if (field === FIELDS.model.graph) addTensors(tensors, value);
  }
  return {
    metadata,
    names: new Set(tensors.keys()),
    async read(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new RangeError(`no tensor ${name} in ${modelFile}`);
      const bytes = tensor.content ?? (await readExternal(dirname(modelFile), tensor.entries));
      return { dims: tensor.dims, numbers: toSingles(tensor, bytes) };
    },
  };
}

function addTensors(tensors: Map<string, StoredTensor>, graph: Uint8Array): void {
  for (const { field, value } of readFields(graph)) {
    if (field !== FIELDS.graph.initializer || typeof value === 'bigint') continue;
    const tensor = readTensor(value);
    tensors.set(tensor.name, tensor);
  }
}

function readTensor(message: Uint8Array): StoredTensor {
  const tensor: StoredTensor = { name: '', dims: [], elementType: 0, content: null, entries: new Map() };
  for (const { field, value } of readFields(message)) {
    if (typeof value === 'bigint') {
      if (field === FIELDS.tensor.dims) tensor.dims.push(Number(value));
      if (field === FIELDS.tensor.elementType) tensor.elementType = Number(value);
    } else if (field === FIELDS.tensor.name) tensor.name = textOf(value);
    else if (field === FIELDS.tensor.content) tensor.content = value;
    else if (field === FIELDS.tensor.external) addEntry(tensor.entries, value);
  }
  return tensor;
}

function addEntry(entries: Map<string, string>, message: Uint8Array): void {
  let key = '';
  let text = '';
  for (const { field, value } of readFields(message)) {
    if (typeof value === 'bigint') continue;
    if (field === FIELDS.entry.key) key = textOf(value);
    if (field === FIELDS.entry.value) text = textOf(value);
  }
  entries.set(key, text);
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function readExternal(folder: string, entries: ReadonlyMap<string, string>): Promise<Uint8Array> {
  const file = await open(join(folder, entries.get('location') ?? ''), 'r');
  try {
    const bytes = new Uint8Array(Number(entries.get('length')));
    const start = Number(entries.get('offset') ?? 0);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new RangeError('the data file ends before its last tensor');
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

function toSingles({ name, elementType }: StoredTensor, bytes: Uint8Array): Float32Array {
  // A copy, since the numbers need not be aligned where they stand.
  const { buffer } = Uint8Array.from(bytes);
  if (elementType === elementTypeCodes.float32) return new Float32Array(buffer);
  if (elementType === elementTypeCodes.float16) return fromFloat16Bits(new Uint16Array(buffer));
  throw new RangeError(`${name} holds no floats`);
}
