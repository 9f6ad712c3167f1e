// Chunks of prompts on a native decoder: one binding for each row of the slab; ids, mask and logits are bound anew for
// each chunk, since their sizes differ.

import type { PrefillFeed } from './decoder.ts';
import { LOGITS_TO_KEEP } from './decoder-graph-io.ts';
import { meanOfRows } from './mean-of-rows.ts';
import type { NativeParts } from './native-batch.ts';
import { bindCache, bindEmptyCache, createLogits, createTokenNumbers, logitsToKeep } from './native-feeds.ts';
import type { NativeBinding } from './native-session.ts';

export interface NativePrompt {
  /** Feeds a chunk to one row; the logits answered stand until the next call. */
  run(feed: PrefillFeed): Float32Array;
  /** The mean of the last hidden states over a text that is not kept. */
  embed(tokens: Int32Array): Float32Array;
  /** The slab is about to change its shape. */
  forget(): void;
}

export function createNativePrompt({ session, io, slab }: NativeParts): NativePrompt {
  const bindings: (NativeBinding | undefined)[] = [];

  const bind = (row: number): NativeBinding => {
    const binding = session.createBinding();
    bindCache(binding, io, { rows: 1, slab, viewOf: (part) => slab.rowView(part, row) });
    bindings[row] = binding;
    return binding;
  };
  const feed = (binding: NativeBinding, tokens: Int32Array, start: number) => {
    const ids = createTokenNumbers(tokens.length);
    const positions = createTokenNumbers(tokens.length);
    const mask = createTokenNumbers(start + tokens.length);
    tokens.forEach((token, index) => {
      ids.put(index, token);
      positions.put(index, start + index);
    });
    mask.fill(1, 0, start + tokens.length);
    binding.input('input_ids', ids.tensor([1, tokens.length]));
    binding.input('attention_mask', mask.tensor([1, start + tokens.length]));
    if (io.hasPositionIds) binding.input('position_ids', positions.tensor([1, tokens.length]));
  };
  return {
    run({ row, start, tokens, logitCount }) {
      const binding = bindings[row] ?? bind(row);
      feed(binding, tokens, start);
      // A graph without the input answers the logits of every position.
      const kept = io.hasLogitsToKeep ? Math.max(1, logitCount) : tokens.length;
      if (io.hasLogitsToKeep) binding.input(LOGITS_TO_KEEP, logitsToKeep(kept));
      const logits = createLogits(io, kept);
      binding.output('logits', logits.tensor([1, kept, io.vocabSize]));
      binding.run();
      return logits.read(kept - logitCount, kept);
    },
    embed(tokens) {
      const hiddenSize = io.hiddenSize ?? 0;
      const states = new Float32Array(new ArrayBuffer(tokens.length * hiddenSize * 4));
      const dims = [1, tokens.length, hiddenSize];
      const binding = session.createBinding();
      try {
        feed(binding, tokens, 0);
        if (io.hasLogitsToKeep) binding.input(LOGITS_TO_KEEP, logitsToKeep(1));
        bindEmptyCache(binding, io);
        binding.output('hidden_states', { memory: states, elementType: 'float32', dims });
        binding.run();
      } finally {
        binding.release();
      }
      return meanOfRows(states, tokens.length);
    },
    forget() {
      for (const binding of bindings) binding?.release();
      bindings.length = 0;
    },
  };
}
