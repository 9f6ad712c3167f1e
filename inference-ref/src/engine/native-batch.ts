// The decode step of a native decoder: one binding for each number of rows, all over the same buffers, since the first
// n rows of the slab are a batch.

import { type DecoderGraphIo, LOGITS_TO_KEEP } from './decoder-graph-io.ts';
import type { KvSlab } from './kv-slab.ts';
import { bindCache, createLogits, createTokenNumbers, logitsToKeep } from './native-feeds.ts';
import type { NativeBinding, NativeSession } from './native-session.ts';

export interface NativeBatch {
  /** Feeds one token to each of the first rows; the logits answered stand until the next call. */
  run(tokens: Int32Array, lengths: Int32Array): Float32Array;
  /** The slab is about to change its shape. */
  forget(): void;
}

export interface NativeParts {
  readonly session: NativeSession;
  readonly io: DecoderGraphIo;
  readonly slab: KvSlab;
}

export function createNativeBatch({ session, io, slab }: NativeParts): NativeBatch {
  const keepOne = logitsToKeep(1);
  const bindings: (NativeBinding | undefined)[] = [];
  let ids = createTokenNumbers(0);
  let positions = createTokenNumbers(0);
  let mask = createTokenNumbers(0);
  let masked = new Int32Array(0);
  let logits = createLogits(io, 0);

  const allocate = () => {
    ids = createTokenNumbers(slab.rows);
    positions = createTokenNumbers(slab.rows);
    mask = createTokenNumbers(slab.rows * slab.capacityTokens);
    masked = new Int32Array(slab.rows);
    logits = createLogits(io, slab.rows);
  };
  const bind = (rows: number): NativeBinding => {
    if (masked.length === 0) allocate();
    const binding = session.createBinding();
    binding.input('input_ids', ids.tensor([rows, 1]));
    binding.input('attention_mask', mask.tensor([rows, slab.capacityTokens]));
    if (io.hasPositionIds) binding.input('position_ids', positions.tensor([rows, 1]));
    if (io.hasLogitsToKeep) binding.input(LOGITS_TO_KEEP, keepOne);
    bindCache(binding, io, { rows, slab, viewOf: (part) => slab.batchView(part, rows) });
    binding.output('logits', logits.tensor([rows, 1, io.vocabSize]));
    bindings[rows] = binding;
    return binding;
  };
  /** Ones over the positions that a row holds, the new one included. */
  const cover = (row: number, wanted: number) => {
    const have = masked[row] as number;
    const offset = row * slab.capacityTokens;
    if (wanted > have) mask.fill(1, offset + have, offset + wanted);
    else mask.fill(0, offset + wanted, offset + have);
    masked[row] = wanted;
  };
  return {
    run(tokens, lengths) {
      const rows = tokens.length;
      const binding = bindings[rows] ?? bind(rows);
      for (let row = 0; row < rows; row++) {
        ids.put(row, tokens[row] as number);
        positions.put(row, lengths[row] as number);
        cover(row, (lengths[row] as number) + 1);
      }
      binding.run();
      return logits.read(0, rows);
    },
    forget() {
      for (const binding of bindings) binding?.release();
      bindings.length = 0;
      masked = new Int32Array(0);
    },
  };
}
