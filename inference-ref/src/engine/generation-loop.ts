// The iteration-level scheduler at work. Each round: free what was cancelled, take what fits from the queue and feed at
// most one chunk of prompt tokens, then one decode step over all rows that are ready. It knows no thread and no HTTP.

import { preemptForRoom } from './admission.ts';
import { decodePhase } from './decode-phase.ts';
import type { EngineGauges } from './engine-events.ts';
import { createLoopState, type GenerationLoopOptions, type LoopState } from './loop-state.ts';
import { prefillPhase } from './prefill-phase.ts';
import { createRound } from './round.ts';
import type { Sequence } from './sequence.ts';

export interface GenerationLoop {
  readonly gauges: EngineGauges;
  /** One round. False where nothing could be done: nothing waits, or the policy waits for time to pass. */
  iterate(): Promise<boolean>;
  /** After how long `iterate` could do something by time alone. */
  waitMs(): number | undefined;
  /** Frees the place in the queue at once, the row before the next step. */
  cancel(id: number): void;
  /** Ends everything with an error. */
  fail(message: string): void;
}

export function createGenerationLoop(options: GenerationLoopOptions): GenerationLoop {
  const { queue, policy, nowMs, emit } = options;
  const state = createLoopState(options);
  const { rows } = state;
  const cancelled = new Set<number>();

  const endCancelled = (sequence: Sequence) => {
    state.finish(sequence);
    const { id, preemptions } = sequence;
    state.tell([{ kind: 'finished', id, reason: 'cancelled', stoppedBy: null, text: '', preemptions }]);
  };

  /** Rows change between calls of the model only: a cancelled sequence leaves at the start of the next round. */
  const sweep = () => {
    for (const id of cancelled) {
      // The round in which it was cancelled may have preempted it.
      const sequence = rows.sequences.find((live) => live.id === id) ?? queue.remove(id);
      if (sequence !== undefined) endCancelled(sequence);
    }
    cancelled.clear();
  };

  return {
    get gauges() {
      return gaugesOf(state);
    },
    async iterate() {
      const round = createRound(nowMs);
      sweep();
      try {
        await prefillPhase(state, round);
        preemptForRoom(state, round);
        await decodePhase(state, round);
      } catch (error) {
        // Who ended in this round has left its row: nobody would tell of it any more.
        state.tell(round.takeEvents());
        throw error;
      }
      if (round.isEmpty()) return false;
      emit(round.takeEvents(), round.record());
      return true;
    },
    waitMs: () => policy.waitMs(state.batchState()),
    cancel(id) {
      const waiting = queue.remove(id);
      if (waiting === undefined) cancelled.add(id);
      else endCancelled(waiting);
    },
    fail(message) {
      const failed = [...rows.clear(), ...queue.drain()];
      cancelled.clear();
      for (const sequence of failed) state.finish(sequence);
      state.tell(failed.map(({ id }) => ({ kind: 'failed', id, message })));
    },
  };
}

function gaugesOf(state: LoopState): EngineGauges {
  const { options, rows, drafts } = state;
  const { rows: slabRows, capacityTokens, copiedBytes } = options.decoder.use;
  const prefix = options.prefixCache.stats;
  return {
    waiting: options.queue.length,
    running: rows.sequences.length,
    kvTokens: state.heldTokens(),
    kvBudgetTokens: options.kvBudgetTokens,
    slabRows,
    slabCapacityTokens: capacityTokens,
    kvCopiedBytes: copiedBytes,
    prefixBlocks: prefix.blocks,
    prefixBytes: prefix.bytes,
    prefixQueriedTokens: prefix.queriedTokens,
    prefixHitTokens: prefix.hitTokens,
    draftedTokens: drafts.drafted,
    acceptedDraftTokens: drafts.accepted,
  };
}
