// One suite for both decoders: what the runtime answers through its C API, with the cache in place, and through Node's
// binding must be what a whole prompt in one go answers.

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelDirectory } from '../model/model-directory.ts';
import type { Decoder } from './decoder.ts';
import { readGraphIo } from './decoder-graph-io.ts';
import { createOnnxDecoder } from './onnx-decoder.ts';
import { openSession } from './onnx-session.ts';
import { openDecoder } from './open-decoder.ts';

const directory = readModelDirectory(fileURLToPath(new URL('../../bundled-model/', import.meta.url)));
const { modelFile, contextTokens } = directory;

async function openBinding(): Promise<Decoder> {
  const session = await openSession({ modelFile, threads: 1 }, 'cpu');
  return createOnnxDecoder({ session, io: readGraphIo(session), contextTokens });
}

async function openInPlace(): Promise<Decoder> {
  const opened = await openDecoder({ modelFile, contextTokens, device: 'cpu', threads: 1 });
  expect(opened.deviceReason).toBe('cpu: asked for; cache updated in place');
  return opened.decoder;
}

const text = (seed: number, length: number) =>
  Int32Array.from({ length }, (_, i) => 6 + ((i * 37 + seed * 101) % 4000));

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual).toHaveLength(expected.length);
  let difference = 0;
  actual.forEach((logit, id) => {
    difference = Math.max(difference, Math.abs(logit - (expected[id] as number)));
  });
  expect(difference).toBeLessThan(1e-3);
}

describe.each([
  ['through the C API', openInPlace],
  ['through the Node binding', openBinding],
])('a decoder %s', (_, open) => {
  let decoder: Decoder;
  beforeAll(async () => {
    decoder = await open();
    await decoder.warmUp(1);
  });
  afterAll(async () => await decoder.release());

  const whole = async (tokens: Int32Array, logitCount = 1) => {
    decoder.fit([tokens.length], []);
    return (await decoder.prefill({ row: 0, start: 0, tokens, logitCount })).slice();
  };

  it('answers the same for a prompt in one chunk and in several', async () => {
    const tokens = text(1, 61);
    const expected = await whole(tokens);
    decoder.fit([61], []);
    for (const [start, end] of [
      [0, 20],
      [20, 21],
      [21, 60],
    ] as const) {
      await decoder.prefill({ row: 0, start, tokens: tokens.slice(start, end), logitCount: 0 });
    }
    expectClose(
      await decoder.prefill({ row: 0, start: 60, tokens: tokens.slice(60), logitCount: 1 }),
      expected,
    );
  });

  it('answers the logits of the last positions in order', async () => {
    const tokens = text(2, 30);
    const last = await whole(tokens);
    const before = await whole(tokens.slice(0, 29));
    const both = await whole(tokens, 2);
    expectClose(both.subarray(decoder.limits.vocabSize), last);
    expectClose(both.subarray(0, decoder.limits.vocabSize), before);
  });

  it('answers each row of a ragged step as if it stood alone, through growth, moves and shrinking', async () => {
    const texts = [text(3, 150), text(4, 31), text(5, 90), text(6, 200)];
    const { vocabSize } = decoder.limits;
    const expected: Float32Array[] = [];
    for (const tokens of texts) expected.push(await whole(tokens));
    const kept: number[] = [];
    for (const [row, tokens] of texts.entries()) {
      decoder.fit([...kept, tokens.length], kept);
      await decoder.prefill({ row, start: 0, tokens: tokens.slice(0, -1), logitCount: 0 });
      kept.push(tokens.length - 1);
    }
    const feed = (rows: readonly number[]) =>
      [
        Int32Array.from(rows, (row) => texts[row]?.at(-1) ?? 0),
        Int32Array.from(rows, (row) => kept[row] ?? 0),
      ] as const;
    const all = await decoder.decode(...feed([0, 1, 2, 3]));
    expected.forEach((logits, row) => {
      expectClose(all.subarray(row * vocabSize, (row + 1) * vocabSize), logits);
    });
    decoder.moveRow(3, 1, kept[3] ?? 0);
    const moved = await decoder.decode(...feed([0, 3, 2]));
    [0, 3, 2].forEach((row, at) => {
      expectClose(moved.subarray(at * vocabSize, (at + 1) * vocabSize), expected[row] as Float32Array);
    });
    decoder.moveRow(1, 0, kept[3] ?? 0);
    decoder.fit([201], [199]);
    expectClose(await decoder.decode(...feed([3])), expected[3] as Float32Array);
  });

  it('continues behind a block that was read from another row', async () => {
    const tokens = text(7, 40);
    const expected = await whole(tokens);
    const block = decoder.readBlock(0, 0, 32);
    decoder.fit([40, 40], []);
    decoder.writeBlock(1, 0, block);
    const logits = await decoder.prefill({ row: 1, start: 32, tokens: tokens.slice(32), logitCount: 1 });
    expectClose(logits, expected);
  });

  it('answers the mean of the hidden states of a text', async () => {
    const vector = await decoder.embed(text(8, 12));
    expect(vector).toHaveLength(256);
    expect(vector?.some((number) => Math.abs(number) > 1e-3)).toBe(true);
  });
});
