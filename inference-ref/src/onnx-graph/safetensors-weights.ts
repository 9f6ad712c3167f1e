// Reads weights from safetensors files: eight bytes of header length, a JSON header, raw little-endian numbers. Opens
// one or several files of one checkpoint; converts to float32, changes nothing else.

import { type FileHandle, open } from 'node:fs/promises';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { z } from 'zod';
import { fromBfloat16Bits, fromFloat16Bits } from './half-float.ts';
import type { WeightSource } from './weight-source.ts';

const errWeightsUnreadable = defineError('TG_MODEL_WEIGHTS_UNREADABLE', 400);

const MAX_HEADER_BYTES = 100_000_000;

const entrySchema = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16']),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int(), z.number().int()]),
});
const headerSchema = z.record(z.string(), z.unknown());

interface StoredTensor {
  readonly file: FileHandle;
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly dims: readonly number[];
  readonly offsetBytes: number;
}

export async function openSafetensors(paths: readonly string[]): Promise<WeightSource> {
  const files: FileHandle[] = [];
  const tensors = new Map<string, StoredTensor>();
  for (const path of paths) {
    const file = await open(path, 'r');
    files.push(file);
    await indexFile(path, file, tensors);
  }
  return {
    async readRows(name, start, end) {
      const tensor = tensors.get(name);
      if (tensor === undefined) {
        throw errWeightsUnreadable(`no tensor ${name} in ${paths.join(', ')}`, {
          hint: 'The weights must be of the shape that config.json describes, under the names of Llama checkpoints.',
        });
      }
      return await readTensorRows(tensor, start, end);
    },
    async close() {
      for (const file of files) await file.close();
    },
  };
}

async function indexFile(path: string, file: FileHandle, tensors: Map<string, StoredTensor>): Promise<void> {
  const prefix = await readExactly(file, 0, 8);
  const headerBytes = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES) throw errWeightsUnreadable(`${path} is not a safetensors file`);
  const text = new TextDecoder().decode(await readExactly(file, 8, headerBytes));
  const header = headerSchema.parse(JSON.parse(text));
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const parsed = entrySchema.safeParse(entry);
    if (!parsed.success) {
      throw errWeightsUnreadable(`${name} in ${path}: ${z.prettifyError(parsed.error)}`, {
        hint: 'Weights must be F32, F16 or BF16.',
      });
    }
    const { dtype, shape, data_offsets } = parsed.data;
    tensors.set(name, { file, dtype, dims: shape, offsetBytes: 8 + headerBytes + data_offsets[0] });
  }
}

async function readTensorRows(tensor: StoredTensor, start: number, end: number): Promise<Float32Array> {
  const width = tensor.dims.slice(1).reduce((a, b) => a * b, 1);
  const numberBytes = tensor.dtype === 'F32' ? 4 : 2;
  const offset = tensor.offsetBytes + start * width * numberBytes;
  const { buffer } = await readExactly(tensor.file, offset, (end - start) * width * numberBytes);
  if (tensor.dtype === 'F32') return new Float32Array(buffer);
  const halves = new Uint16Array(buffer);
  return tensor.dtype === 'F16' ? fromFloat16Bits(halves) : fromBfloat16Bits(halves);
}

async function readExactly(
  file: FileHandle,
  position: number,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes);
  let done = 0;
  while (done < sizeBytes) {
    const { bytesRead } = await file.read(bytes, done, sizeBytes - done, position + done);
    if (bytesRead === 0) throw errWeightsUnreadable('a safetensors file ends before its last tensor');
    done += bytesRead;
  }
  return bytes;
}
