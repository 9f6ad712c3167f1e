// Who waits for an engine's answers: generations that hear events, embeddings that get one vector. All can be failed at
// once, so that nobody waits for a thread that is gone. It knows no thread.

import type { TollgateError } from '@tollgate/service-kit/tollgate-error';
import type { GenerationEvent } from './engine-events.ts';

export type GenerationListener = (event: GenerationEvent) => void;
type Vector = Float32Array | null;

export interface EngineCallers {
  /** Generations under way. */
  readonly generations: number;
  readonly embeddings: number;
  /** Of the texts that are being embedded; each is computed in one piece. */
  readonly longestTextTokens: number;
  listen(listener: GenerationListener): number;
  isListening(id: number): boolean;
  deliver(event: GenerationEvent): void;
  awaitVector(textTokens: number): { readonly id: number; readonly vector: Promise<Vector> };
  /** An error fails this one text. */
  deliverVector(id: number, result: Vector | TollgateError): void;
  failAll(error: TollgateError): void;
}

interface WaitingText {
  readonly tokens: number;
  readonly settle: (result: Vector | TollgateError) => void;
}

export function createEngineCallers(): EngineCallers {
  const listeners = new Map<number, GenerationListener>();
  const texts = new Map<number, WaitingText>();
  let nextId = 1;
  const deliver = (event: GenerationEvent) => {
    const listener = listeners.get(event.id);
    if (event.kind !== 'admitted' && event.kind !== 'token') listeners.delete(event.id);
    listener?.(event);
  };
  return {
    get generations() {
      return listeners.size;
    },
    get embeddings() {
      return texts.size;
    },
    get longestTextTokens() {
      let longest = 0;
      for (const { tokens } of texts.values()) longest = Math.max(longest, tokens);
      return longest;
    },
    listen(listener) {
      const id = nextId++;
      listeners.set(id, listener);
      return id;
    },
    isListening: (id) => listeners.has(id),
    deliver,
    awaitVector(tokens) {
      const id = nextId++;
      const vector = new Promise<Vector>((resolve, reject) => {
        const settle = (result: Vector | TollgateError) =>
          result instanceof Error ? reject(result) : resolve(result);
        texts.set(id, { tokens, settle });
      });
      return { id, vector };
    },
    deliverVector(id, result) {
      texts.get(id)?.settle(result);
      texts.delete(id);
    },
    failAll(error) {
      const { message } = error;
      for (const id of [...listeners.keys()]) deliver({ kind: 'failed', id, message, error });
      const waiting = [...texts.values()];
      texts.clear();
      for (const { settle } of waiting) settle(error);
    },
  };
}
