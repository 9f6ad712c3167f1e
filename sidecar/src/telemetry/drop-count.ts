// Events that were given up for good, by kind and reason: counted here once, shown in metrics and in the sidecar's reports.
import { EVENT_KINDS, type EventKind, type KindCounts } from './event-kinds.ts';

export type DropReason = 'spool_full' | 'memory_full' | 'rejected' | 'quarantined' | 'lost_at_stop';

export interface DropCount {
  readonly add: (reason: DropReason, counts: KindCounts) => void;
  /** Calls of this boot that were given up. */
  readonly calls: () => number;
  readonly entries: () => readonly { kind: EventKind; reason: DropReason; count: number }[];
}

export function createDropCount(): DropCount {
  const byReason = new Map<DropReason, KindCounts>();
  return {
    add: (reason, counts) => {
      const total = byReason.get(reason) ?? {};
      for (const kind of EVENT_KINDS) {
        const count = counts[kind];
        if (count !== undefined) total[kind] = (total[kind] ?? 0) + count;
      }
      byReason.set(reason, total);
    },
    calls: () => [...byReason.values()].reduce((sum, counts) => sum + (counts.llm_call ?? 0), 0),
    entries: () =>
      [...byReason].flatMap(([reason, counts]) =>
        EVENT_KINDS.flatMap((kind) => {
          const count = counts[kind];
          return count === undefined ? [] : [{ kind, reason, count }];
        }),
      ),
  };
}
