import { once } from 'node:events';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createBodyDecoder } from './body-decoder.ts';

async function decode(encoding: string, chunks: readonly Buffer[]) {
  const seen: [string, number][] = [];
  const decoder = createBodyDecoder(encoding, (bytes, atMs) => seen.push([bytes.toString('latin1'), atMs]));
  for (const [index, chunk] of chunks.entries()) decoder.push(chunk, index * 10);
  await decoder.end();
  return seen;
}

const textOf = (seen: readonly [string, number][]) =>
  Buffer.from(seen.map(([piece]) => piece).join(''), 'latin1').toString();
const text = 'Grüße 👋 '.repeat(100);

it('hands uncompressed bytes on at once', () => {
  const seen: string[] = [];
  const decoder = createBodyDecoder('', (bytes) => seen.push(bytes.toString()));
  decoder.push(Buffer.from('a'), 1);
  expect(seen).toEqual(['a']);
  expect(decoder.end()).toBeUndefined();
});

it.each([
  ['gzip', zlib.gzipSync(text)],
  ['GZIP', zlib.gzipSync(text)],
  ['br', zlib.brotliCompressSync(text)],
  ['deflate', zlib.deflateSync(text)],
  ...('zstdCompressSync' in zlib
    ? [
        [
          'zstd',
          Reflect.apply(Reflect.get(zlib, 'zstdCompressSync') as () => Buffer, zlib, [Buffer.from(text)]),
        ] as [string, Buffer],
      ]
    : []),
])('inflates %s', async (encoding, bytes) => {
  expect(textOf(await decode(encoding, [bytes.subarray(0, 15), bytes.subarray(15)]))).toBe(text);
});

/** Up to the empty block that a flush ends with. */
async function flushedPiece(gzip: zlib.Gzip): Promise<Buffer> {
  const parts: Buffer[] = [];
  while (
    !Buffer.concat(parts)
      .subarray(-4)
      .equals(Buffer.of(0, 0, 0xff, 0xff))
  ) {
    const part: unknown = gzip.read();
    if (Buffer.isBuffer(part)) parts.push(part);
    else await once(gzip, 'readable');
  }
  return Buffer.concat(parts);
}

describe('a stream that is flushed event by event', () => {
  it('keeps the time at which each event arrived', async () => {
    const gzip = zlib.createGzip();
    const flushed: Buffer[] = [];
    for (const event of ['one', 'two', 'three']) {
      gzip.write(event);
      gzip.flush(zlib.constants.Z_SYNC_FLUSH);
      flushed.push(await flushedPiece(gzip));
    }
    gzip.destroy();
    expect(await decode('gzip', flushed)).toEqual([
      ['one', 0],
      ['two', 10],
      ['three', 20],
    ]);
  });
});

it('reads what came before a cut', async () => {
  const bytes = zlib.gzipSync(text, { level: 0 });
  const seen = textOf(await decode('gzip', [bytes.subarray(0, 400)]));
  expect(seen.length).toBeGreaterThan(200);
  expect(text.startsWith(seen.replace(/\ufffd+$/, ''))).toBe(true);
});

it.each([
  ['what is not compressed at all', 'gzip'],
  ['an encoding that is not known', 'lzma'],
  ['two encodings in a row', 'gzip, br'],
])('reads nothing of %s, and ends', async (_title, encoding) => {
  expect(textOf(await decode(encoding, [Buffer.from('plain text'), Buffer.from('more')]))).toBe('');
});

it('gives up on bytes that pile up faster than they can be inflated', async () => {
  const chunk = zlib.gzipSync(Buffer.alloc(1 << 20), { level: 0 });
  const decoder = createBodyDecoder('gzip', () => undefined);
  for (let index = 0; index < 20; index += 1) decoder.push(chunk, index);
  expect(await decoder.end()).toBeUndefined();
});
