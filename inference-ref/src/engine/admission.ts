// Who gets a row and who has to give one up, by the memory budget of the cache.

import { isDecoding, type LoopState } from './loop-state.ts';
import type { Round } from './round.ts';
import type { Sequence } from './sequence.ts';

/** Takes the next waiting sequence into a row if there is a row, cache memory and the policy's leave. */
export async function admitNext(state: LoopState): Promise<Sequence | undefined> {
  const { rows, options } = state;
  const { queue, policy, nowMs } = options;
  const live = rows.sequences.length;
  if (live >= policy.maxRows) return undefined;
  const next = queue.first(nowMs());
  if (next === undefined) return undefined;
  // One token more for every live row: what is admitted can take at least one step.
  const wanted = state.heldTokens() + next.length + live + 1;
  if (wanted > options.kvBudgetTokens && live > 0) return undefined;
  if (!policy.mayAdmit(state.batchState())) return undefined;
  queue.take(next);
  next.phase = 'prefilling';
  rows.add(next);
  await restorePrefix(state, next);
  if (next.announced) return next;
  next.announced = true;
  // The most it may take; what it leaves is given back at its end.
  queue.charge(next.tenant, next.tokens.length);
  state.tell([{ kind: 'admitted', id: next.id, atMs: nowMs(), cachedTokens: next.cachedLength }]);
  return next;
}

async function restorePrefix({ rows, options }: LoopState, sequence: Sequence): Promise<void> {
  const blocks = options.prefixCache.match(sequence.tokens.subarray(0, sequence.length), sequence.cacheSalt);
  if (blocks.length === 0) return;
  rows.fit((live) => live.length);
  for (const block of blocks) {
    await block.writeTo(rows.rowOf(sequence), sequence.cachedLength);
    sequence.cachedLength += block.tokens;
  }
}

/** Gives up the least urgent, latest sequences until one more token for each row fits; they are computed again later. */
export function preemptForRoom(state: LoopState, round: Round): void {
  const { rows, options } = state;
  const wanted = () => state.heldTokens() + rows.sequences.filter(isDecoding).length;
  while (rows.sequences.length > 1 && wanted() > options.kvBudgetTokens) {
    const victim = [...rows.sequences].sort(byUrgency).at(-1) as Sequence;
    rows.remove(victim);
    victim.phase = 'waiting';
    victim.cachedLength = 0;
    victim.preemptions += 1;
    round.preempted(victim.id);
    options.queue.putBack(victim);
  }
}

function byUrgency(a: Sequence, b: Sequence): number {
  return a.priority - b.priority || a.arrivedAtMs - b.arrivedAtMs || a.id - b.id;
}
