// What the phases of a round share: the live rows, how a sequence ends, and how the outside is told.

import type { BatchPolicy, BatchState } from '../scheduler/batch-policy.ts';
import type { RequestQueue } from '../scheduler/request-queue.ts';
import type { Decoder } from './decoder.ts';
import type { GenerationEvent, IterationRecord } from './engine-events.ts';
import { createLiveRows, type LiveRows } from './live-rows.ts';
import type { PrefixCache } from './prefix-cache.ts';
import type { Round } from './round.ts';
import { advance, type Sequence } from './sequence.ts';

export interface GenerationLoopOptions {
  readonly decoder: Decoder;
  readonly queue: RequestQueue<Sequence>;
  readonly policy: BatchPolicy;
  readonly prefixCache: PrefixCache;
  readonly endTokenIds: readonly number[];
  /** Tokens that all live rows together may hold; one that runs alone may exceed it. */
  readonly kvBudgetTokens: number;
  /** Prompt tokens fed per round. */
  readonly chunkTokens: number;
  /** Tokens guessed ahead where a single greedy sequence runs; 0 guesses none. */
  readonly draftTokens: number;
  readonly nowMs: () => number;
  /** Called as soon as first tokens exist, and at the end of each round with its record. */
  readonly emit: (events: readonly GenerationEvent[], record: IterationRecord | null) => void;
}

export interface LoopState {
  readonly options: GenerationLoopOptions;
  readonly rows: LiveRows;
  readonly drafts: { drafted: number; accepted: number };
  heldTokens(): number;
  batchState(): BatchState;
  tell(events: readonly GenerationEvent[]): void;
  /** Samples a sequence's next token; true where that was its last. */
  takeLogits(round: Round, sequence: Sequence, logits: Float32Array): boolean;
  /** Frees the row, where it has one, and gives its tenant back what it was charged for and did not take. */
  finish(sequence: Sequence): void;
}

export function createLoopState(options: GenerationLoopOptions): LoopState {
  const { decoder, queue, endTokenIds, nowMs, emit } = options;
  const rows = createLiveRows(decoder);
  const finish = (sequence: Sequence) => {
    rows.remove(sequence);
    sequence.phase = 'waiting';
    // At its first admission it was charged for all it might take.
    if (sequence.announced) queue.charge(sequence.tenant, sequence.length - sequence.tokens.length);
  };
  return {
    options,
    rows,
    drafts: { drafted: 0, accepted: 0 },
    heldTokens: () => rows.sequences.reduce((sum, sequence) => sum + sequence.cachedLength, 0),
    batchState: () => ({
      nowMs: nowMs(),
      live: rows.sequences.length,
      waiting: queue.length,
      oldestArrivalMs: queue.oldestArrivalMs(),
    }),
    tell(events) {
      if (events.length > 0) emit(events, null);
    },
    takeLogits({ events }, sequence, logits) {
      const isFinished = advance(sequence, { logits, endTokenIds, events });
      if (isFinished) finish(sequence);
      return isFinished;
    },
    finish,
  };
}

export function isDecoding(sequence: Sequence): boolean {
  return sequence.phase === 'decoding';
}
