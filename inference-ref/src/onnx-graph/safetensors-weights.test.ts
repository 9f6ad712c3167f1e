import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from './safetensors-weights.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

async function write(name: string, dtype: string, shape: readonly number[], data: ArrayBufferView) {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const header = Buffer.from(JSON.stringify({ [name]: { dtype, shape, data_offsets: [0, bytes.length] } }));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  const path = join(dir, `${name}.safetensors`);
  await writeFile(path, Buffer.concat([size, header, bytes]));
  return path;
}

describe('openSafetensors', () => {
  it('reads rows of every float type out of several files', async () => {
    const paths = [
      await write('single', 'F32', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)),
      await write('half', 'F16', [2, 1], Uint16Array.of(0x3c00, 0xc100)),
      await write('brain', 'BF16', [2], Uint16Array.of(0x3f80, 0xc020)),
    ];
    const weights = await openSafetensors(paths);
    expect([...(await weights.readRows('single', 1, 3))]).toEqual([3, 4, 5, 6]);
    expect([...(await weights.readRows('half', 0, 2))]).toEqual([1, -2.5]);
    expect([...(await weights.readRows('brain', 1, 2))]).toEqual([-2.5]);
    await weights.close();
  });

  it('says which tensor is missing and what would be right', async () => {
    const weights = await openSafetensors([await write('lonely', 'F32', [1], Float32Array.of(1))]);
    await expect(weights.readRows('model.norm.weight', 0, 1)).rejects.toMatchObject({
      code: 'TG_MODEL_WEIGHTS_UNREADABLE',
      hint: expect.stringContaining('config.json'),
    });
    await weights.close();
  });

  it('refuses numbers that are not floats, and a file that ends too soon', async () => {
    const integers = await write('ints', 'I8', [4], Uint8Array.of(1, 2, 3, 4));
    await expect(openSafetensors([integers])).rejects.toMatchObject({ code: 'TG_MODEL_WEIGHTS_UNREADABLE' });
    const short = await write('short', 'F32', [8], Float32Array.of(1));
    const weights = await openSafetensors([short]);
    await expect(weights.readRows('short', 0, 8)).rejects.toThrow(/ends before/);
    await weights.close();
  });
});
