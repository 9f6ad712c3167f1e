// Collects the constant tensors of a graph, either inside of the model file or, for models beyond what one protobuf
// may hold, in a data file beside it. It streams: of an external tensor only the current chunk is in memory.

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type ElementType, elementBytes, type GraphTensor } from './onnx-messages.ts';

export interface TensorHeader {
  readonly name: string;
  readonly dims: readonly number[];
  readonly elementType: ElementType;
}

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface InitializerStore {
  readonly tensors: readonly GraphTensor[];
  add(header: TensorHeader, chunks: ByteChunks): Promise<void>;
  close(): Promise<void>;
}

export interface InitializerStoreOptions {
  readonly outputDir: string;
  /** The data file's name, or null to keep the tensors in the model file. */
  readonly externalFileName: string | null;
  readonly onBytes: (writtenBytes: number) => void;
}

/** External tensors start at page borders, so that the runtime can map them. */
const ALIGNMENT_BYTES = 4096;

/** Small tensors stay in the model file: shape inference reads axes and sizes there, before any data file. */
const SMALL_TENSOR_BYTES = 1024;

export function sizeBytesOf(header: TensorHeader): number {
  return header.dims.reduce((a, b) => a * b, 1) * elementBytes[header.elementType];
}

export async function createInitializerStore(options: InitializerStoreOptions): Promise<InitializerStore> {
  const { outputDir, externalFileName, onBytes } = options;
  const tensors: GraphTensor[] = [];
  const file = externalFileName === null ? null : await open(join(outputDir, externalFileName), 'w');
  let endBytes = 0;
  return {
    tensors,
    async add(header, chunks) {
      const sizeBytes = sizeBytesOf(header);
      if (file === null || externalFileName === null || sizeBytes <= SMALL_TENSOR_BYTES) {
        tensors.push({ ...header, content: await collect(chunks, sizeBytes, onBytes) });
        return;
      }
      const offsetBytes = Math.ceil(endBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
      endBytes = await writeChunks(file, chunks, offsetBytes, onBytes);
      tensors.push({ ...header, content: { fileName: externalFileName, offsetBytes, sizeBytes } });
    },
    close: async () => await file?.close(),
  };
}

async function collect(
  chunks: ByteChunks,
  sizeBytes: number,
  onBytes: (writtenBytes: number) => void,
): Promise<Uint8Array> {
  const all = new Uint8Array(sizeBytes);
  let done = 0;
  for await (const chunk of chunks) {
    all.set(chunk, done);
    done += chunk.byteLength;
    onBytes(chunk.byteLength);
  }
  return all;
}

async function writeChunks(
  file: FileHandle,
  chunks: ByteChunks,
  start: number,
  onBytes: (writtenBytes: number) => void,
): Promise<number> {
  let position = start;
  for await (const chunk of chunks) {
    let done = 0;
    while (done < chunk.byteLength) {
      const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done, position + done);
      done += bytesWritten;
    }
    position += chunk.byteLength;
    onBytes(chunk.byteLength);
  }
  return position;
}

/** Small numbers that operators read: axes, sizes. */
export async function addIntegers(
  store: InitializerStore,
  name: string,
  dims: readonly number[],
  values: readonly number[],
): Promise<void> {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  await store.add({ name, dims, elementType: 'int64' }, [bytes]);
}
