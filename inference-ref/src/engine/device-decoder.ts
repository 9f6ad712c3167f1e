// A decoder whose cache stays on the device: what crosses the bus in a step is a token for each row and its logits. One call
// at a time, in a worker.

import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type CacheShelf, createCacheShelves, dispose } from './cache-shelves.ts';
import type { CacheBlock, Decoder } from './decoder.ts';
import { type DecoderGraphIo, LOGITS_TO_KEEP } from './decoder-graph-io.ts';
import type { DeviceKernels } from './device-kernels.ts';
import { createDeviceRows } from './device-rows.ts';
import { kvBytesPerToken } from './kv-slab.ts';
import { meanOfRows } from './mean-of-rows.ts';
import { type Feeds, floatsOf, lastLogits, logitsToKeep, promptFeeds } from './tensor-feeds.ts';

export interface DeviceDecoderOptions {
  readonly session: InferenceSession;
  readonly io: DecoderGraphIo;
  readonly kernels: DeviceKernels;
  readonly contextTokens: number;
  /** The most tokens fed to a row in one run. */
  readonly pieceTokens: number;
}

export function createDeviceDecoder(options: DeviceDecoderOptions): Decoder {
  const { session, io, kernels, contextTokens, pieceTokens } = options;
  const shelves = createCacheShelves({ kernels, shape: io.kv, contextTokens });
  const rows = createDeviceRows(shelves, contextTokens);
  const kvBytes = kvBytesPerToken(io.kv);
  const { vocabSize } = io;
  /** The tensors that hold the past are also where the present goes. */
  const run = async (feeds: Feeds, shelf: CacheShelf, output: string | null) => {
    const fetches: Record<string, Tensor | null> = output === null ? {} : { [output]: null };
    shelf.parts.forEach((tensor, part) => {
      feeds[io.pastNames[part] as string] = tensor;
      fetches[io.presentNames[part] as string] = tensor;
    });
    const results = await session.run(feeds, fetches);
    return output === null ? undefined : results[output];
  };

  const decoder: Decoder = {
    limits: { vocabSize, contextTokens, kvBytesPerToken: kvBytes },
    use: rows,
    fit: (wantedLengths, kept) => rows.keep(kept, wantedLengths.length),
    async prefill({ row, start, tokens, logitCount }) {
      const shelf = await rows.alone(row, start + tokens.length);
      let logits: Tensor | undefined;
      for (const piece of piecesOf(tokens, pieceTokens, logitCount)) {
        const wanted = piece.isLast ? logitCount : 0;
        const feeds = promptFeeds(io, { start: start + piece.at, tokens: piece.tokens, logitCount: wanted });
        logits = await run(feeds, shelf, wanted === 0 ? null : 'logits');
      }
      return logitCount === 0 ? new Float32Array(0) : lastLogits(logits, logitCount * vocabSize);
    },
    async decode(tokens, lengths) {
      const longest = Math.max(...lengths) + 1;
      const { shelf, places } = await rows.together(tokens.length, longest);
      const feeds = batchFeeds(io, { tokens, lengths, places, rows: shelf.rows, longest });
      const logits = await run(feeds, shelf, 'logits');
      return inOrder(lastLogits(logits, shelf.rows * vocabSize), places, vocabSize);
    },
    async embed(tokens) {
      if (io.hiddenSize === null) return null;
      const whole = new Float32Array(io.hiddenSize);
      const shelf = await shelves.blank(tokens.length);
      try {
        for (const piece of piecesOf(tokens, pieceTokens, 0)) {
          const feeds = promptFeeds(io, { start: piece.at, tokens: piece.tokens, logitCount: 1 });
          const states = floatsOf(await run(feeds, shelf, 'hidden_states'));
          const share = piece.tokens.length / tokens.length;
          meanOfRows(states, piece.tokens.length).forEach((value, at) => {
            whole[at] = (whole[at] as number) + value * share;
          });
        }
      } finally {
        dispose(shelf);
      }
      return whole;
    },
    moveRow: rows.move,
    async readBlock(row, start, end): Promise<CacheBlock> {
      const copy = await rows.read(row, start, end);
      return {
        tokens: end - start,
        bytes: (end - start) * kvBytes,
        writeTo: async (target, at) => await rows.write(target, at, copy),
        release: () => dispose(copy),
      };
    },
    async release() {
      rows.release();
      await kernels.release();
      await session.release();
    },
  };
  return decoder;
}

interface Piece {
  readonly at: number;
  readonly tokens: Int32Array;
  readonly isLast: boolean;
}

/** The last piece holds at least the positions whose logits are wanted. */
function piecesOf(tokens: Int32Array, most: number, logitCount: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  while (tokens.length - at > Math.max(most, logitCount)) {
    const length = Math.min(most, tokens.length - at - Math.max(1, logitCount));
    pieces.push({ at, tokens: tokens.slice(at, at + length), isLast: false });
    at += length;
  }
  return [...pieces, { at, tokens: tokens.slice(at), isLast: true }];
}

interface BatchStep {
  readonly tokens: Int32Array;
  readonly lengths: Int32Array;
  readonly places: readonly number[];
  readonly rows: number;
  /** Positions of the longest row, the new one included. */
  readonly longest: number;
}

/** An empty place is fed a token at its beginning. */
function batchFeeds(io: DecoderGraphIo, { tokens, lengths, places, rows, longest }: BatchStep): Feeds {
  const ids = new BigInt64Array(rows);
  const positions = new BigInt64Array(rows);
  const mask = new BigInt64Array(rows * longest);
  for (let place = 0; place < rows; place++) mask[place * longest] = 1n;
  places.forEach((place, row) => {
    ids[place] = BigInt(tokens[row] as number);
    positions[place] = BigInt(lengths[row] as number);
    mask.fill(1n, place * longest, place * longest + (lengths[row] as number) + 1);
  });
  return {
    input_ids: new Tensor('int64', ids, [rows, 1]),
    attention_mask: new Tensor('int64', mask, [rows, longest]),
    ...(io.hasPositionIds ? { position_ids: new Tensor('int64', positions, [rows, 1]) } : {}),
    ...(io.hasLogitsToKeep ? { [LOGITS_TO_KEEP]: logitsToKeep(1) } : {}),
  };
}

/** From the order of the places to that of the rows. */
function inOrder(logits: Float32Array, places: readonly number[], vocabSize: number): Float32Array {
  if (places.every((place, row) => place === row)) return logits.subarray(0, places.length * vocabSize);
  const ordered = new Float32Array(places.length * vocabSize);
  places.forEach((place, row) => {
    ordered.set(logits.subarray(place * vocabSize, (place + 1) * vocabSize), row * vocabSize);
  });
  return ordered;
}
