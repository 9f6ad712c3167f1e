// Texts that wait on an engine's thread to be embedded. One at a time, so that generations get their rounds in between; one
// that fails takes nothing else with it.

import type { Decoder } from './decoder.ts';
import type { FromEngine, ToEngine } from './engine-messages.ts';

type TextToEmbed = Omit<Extract<ToEngine, { type: 'embed' }>, 'type'>;
type EmbeddingAnswer = Extract<FromEngine, { type: 'embedding' | 'embedding_failed' }>;

export interface EmbeddingQueue {
  readonly length: number;
  push(text: TextToEmbed): void;
  /** Embeds the first; undefined where none waits. */
  next(): Promise<EmbeddingAnswer | undefined>;
}

export function createEmbeddingQueue(decoder: Pick<Decoder, 'embed'>): EmbeddingQueue {
  const texts: TextToEmbed[] = [];
  return {
    get length() {
      return texts.length;
    },
    push: (text) => void texts.push(text),
    async next() {
      const text = texts.shift();
      if (text === undefined) return undefined;
      const { id, tokens } = text;
      try {
        return { type: 'embedding', id, vector: await decoder.embed(tokens) };
      } catch (error) {
        return {
          type: 'embedding_failed',
          id,
          message: error instanceof Error ? error.message : String(error),
        };
      }
    },
  };
}
