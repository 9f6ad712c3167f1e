// The sealed segments that wait for the collector, and what all kept events weigh: bytes on disk, bytes in memory, events by kind.
// Touches no file.
import { addCounts, type KindCounts } from './event-kinds.ts';
import type { SealedSegment } from './sealed-segment.ts';

export type Place = 'disk' | 'memory';

export interface SegmentQueue {
  /** Weighs events that were just kept, in a segment that is still open. */
  readonly weigh: (place: Place, bytes: number, counts: KindCounts) => void;
  /** Queues a segment whose events were weighed before. */
  readonly push: (segment: SealedSegment) => void;
  /** Queues a segment that an earlier boot left on disk, and weighs it. */
  readonly adopt: (segment: SealedSegment) => void;
  /** The next to ship; fresh and adopted ones take turns, so that neither waits for a long queue of the other. */
  readonly next: () => SealedSegment | null;
  readonly settle: (segment: SealedSegment) => void;
  /** Puts it behind the others of its kind. */
  readonly postpone: (segment: SealedSegment) => void;
  /** Writes segments held in memory to the files named. Throws what the disk says. */
  readonly persist: (pathOf: (segment: SealedSegment) => string) => Promise<void>;
  readonly freshLength: () => number;
  readonly bytes: (place: Place) => number;
  readonly pending: () => KindCounts;
  /** Calls of this boot that are kept and not yet settled. */
  readonly ownCalls: () => number;
  readonly length: () => number;
}

export function createSegmentQueue(): SegmentQueue {
  const fresh: SealedSegment[] = [];
  const adopted: SealedSegment[] = [];
  /** Segments weighed as bytes on disk. */
  const onDisk = new WeakSet<SealedSegment>();
  const bytes = { disk: 0, memory: 0 };
  const pending: KindCounts = {};
  let adoptedCalls = 0;
  let adoptedTurn = false;

  const weigh = (place: Place, added: number, counts: KindCounts): void => {
    bytes[place] += added;
    addCounts(pending, counts);
  };

  const queueOf = (segment: SealedSegment) => (segment.replay ? adopted : fresh);

  return {
    weigh,
    push: (segment) => {
      if (segment.onDisk()) onDisk.add(segment);
      fresh.push(segment);
    },
    adopt: (segment) => {
      onDisk.add(segment);
      adopted.push(segment);
      adoptedCalls += segment.counts.llm_call ?? 0;
      weigh('disk', segment.bytes, segment.counts);
    },
    next: () => {
      adoptedTurn = !adoptedTurn;
      const [first, second] = adoptedTurn ? [adopted, fresh] : [fresh, adopted];
      return first[0] ?? second[0] ?? null;
    },
    postpone: (segment) => {
      const queue = queueOf(segment);
      if (take(queue, segment)) queue.push(segment);
    },
    settle: (segment) => {
      if (!take(queueOf(segment), segment)) return;
      if (segment.replay) adoptedCalls -= segment.counts.llm_call ?? 0;
      bytes[onDisk.has(segment) ? 'disk' : 'memory'] -= segment.bytes;
      addCounts(pending, segment.counts, -1);
    },
    persist: async (pathOf) => {
      for (const segment of [...fresh]) {
        if (segment.onDisk() || !fresh.includes(segment)) continue;
        await segment.persist(pathOf(segment));
        if (onDisk.has(segment)) continue;
        if (!fresh.includes(segment)) {
          await segment.remove();
          continue;
        }
        onDisk.add(segment);
        bytes.memory -= segment.bytes;
        bytes.disk += segment.bytes;
      }
    },
    freshLength: () => fresh.length,
    bytes: (place) => bytes[place],
    pending: () => pending,
    ownCalls: () => (pending.llm_call ?? 0) - adoptedCalls,
    length: () => fresh.length + adopted.length,
  };
}

/** False where it was not in the queue. */
function take(queue: SealedSegment[], segment: SealedSegment): boolean {
  const index = queue.indexOf(segment);
  if (index < 0) return false;
  queue.splice(index, 1);
  return true;
}
