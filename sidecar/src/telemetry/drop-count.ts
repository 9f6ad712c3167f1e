// Events that were given up for good, by kind and reason: counted here once, shown in metrics and in the sidecar's reports.
import { EVENT_KINDS, type EventKind, type KindCounts } from './event-kinds.ts';

export type DropReason =
  | 'spool_full'
  | 'memory_full'
  | 'rejected'
  | 'quarantined'
  | 'unreadable'
  | 'lost_at_stop';

export interface DropCount {
  /** `replay`: of an earlier boot, whose calls are not of this one's account. */
  readonly add: (reason: DropReason, counts: KindCounts, replay?: boolean) => void;
  /** Calls of this boot that were given up. */
  readonly calls: () => number;
  readonly entries: () => readonly { kind: EventKind; reason: DropReason; count: number }[];
}

export function createDropCount(): DropCount {
  const byReason = new Map<DropReason, KindCounts>();
  let ownCalls = 0;
  return {
    add: (reason, counts, replay = false) => {
      if (!replay) ownCalls += counts.llm_call ?? 0;
      const total = byReason.get(reason) ?? {};
      for (const kind of EVENT_KINDS) {
        const count = counts[kind];
        if (count !== undefined) total[kind] = (total[kind] ?? 0) + count;
      }
      byReason.set(reason, total);
    },
    calls: () => ownCalls,
    entries: () =>
      [...byReason].flatMap(([reason, counts]) =>
        EVENT_KINDS.flatMap((kind) => {
          const count = counts[kind];
          return count === undefined ? [] : [{ kind, reason, count }];
        }),
      ),
  };
}
