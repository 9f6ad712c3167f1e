// A decoder on a native session: the slab's own arrays are past and present at once, and ids, mask and logits stand in
// buffers that are bound once for each batch size. A step writes a few numbers, runs, and reads the logits where they
// are. One call at a time: the runtime computes on the calling thread, so this lives in a worker.

import type { Decoder, PrefillFeed } from './decoder.ts';
import type { DecoderGraphIo } from './decoder-graph-io.ts';
import { cacheBlockOf, createKvSlab, kvBytesPerToken } from './kv-slab.ts';
import { createNativeBatch } from './native-batch.ts';
import { createNativePrompt } from './native-prompt.ts';
import type { NativeSession } from './native-session.ts';
import { roomyCapacity, sizeToFit } from './slab-size.ts';

export interface NativeDecoderOptions {
  readonly session: NativeSession;
  readonly io: DecoderGraphIo;
  readonly contextTokens: number;
}

export function createNativeDecoder({ session, io, contextTokens }: NativeDecoderOptions): Decoder {
  const slab = createKvSlab(io.kv);
  const bytesPerToken = kvBytesPerToken(io.kv);
  const batch = createNativeBatch({ session, io, slab });
  const prompt = createNativePrompt({ session, io, slab });
  const decoder: Decoder = {
    limits: { vocabSize: io.vocabSize, contextTokens, kvBytesPerToken: bytesPerToken },
    use: slab,
    fit(wantedLengths, kept) {
      const size = sizeToFit(slab, {
        wantedLengths,
        contextTokens,
        bytesPerToken,
        capacityOf: roomyCapacity,
      });
      if (size === null) return;
      batch.forget();
      prompt.forget();
      slab.reshape(size.rows, size.capacityTokens, kept);
    },
    prefill: async (feed: PrefillFeed) => prompt.run(feed),
    decode: async (tokens, lengths) => batch.run(tokens, lengths),
    embed: async (tokens) => (io.hiddenSize === null ? null : prompt.embed(tokens)),
    moveRow: slab.moveRow,
    readBlock: async (row, start, end) => cacheBlockOf(slab, row, [start, end]),
    async release() {
      batch.forget();
      prompt.forget();
      session.release();
    },
  };
  return decoder;
}
