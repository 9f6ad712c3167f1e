// Proves that nothing is missing: what each sidecar boot has seen, against what is stored, waiting or given up.
import type { Completeness, CompletenessAnswer } from '@tollgate/contract';
import { z } from 'zod';
import { createBinder, inRange } from '../reading/sql-parts.ts';
import type { MicrosRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';

export type BootCompleteness = CompletenessAnswer['sidecars'][number];

const count = z.coerce.number();
const BootRow = z.object({
  sidecar_id: z.string(),
  boot_id: z.string(),
  stored: count,
  seen_by_seq: count,
  reported_seen: count,
  reported_dropped: count,
  reported_spooled: count,
  booted_at: z.string(),
  last_reported_at: z.string(),
});

/** A boot of which calls are stored and a boot that only reports both count, hence the union. */
const SQL = `
  SELECT sidecar_id, toString(boot_id) AS boot_id, sum(stored) AS stored, max(seen_by_seq) AS seen_by_seq,
    max(reported_seen) AS reported_seen, max(dropped) AS reported_dropped, max(spooled) AS reported_spooled,
    min(first_at) AS booted_at, max(last_at) AS last_reported_at
  FROM (
    SELECT sidecar_id, boot_id, groupBitmapMerge(seqs) AS stored, max(max_seq) + 1 AS seen_by_seq,
      toUInt64(0) AS reported_seen, toUInt64(0) AS dropped, toUInt64(0) AS spooled,
      min(first_started_at) AS first_at, max(last_started_at) AS last_at
    FROM boot_progress GROUP BY sidecar_id, boot_id
    UNION ALL
    SELECT sidecar_id, boot_id, toUInt64(0), toUInt64(0), max(calls_seen), argMax(calls_dropped, reported_at),
      argMax(calls_spooled, reported_at), min(booted_at), max(reported_at)
    FROM sidecar_reports GROUP BY sidecar_id, boot_id
  )
  GROUP BY sidecar_id, boot_id
  HAVING`;

/** The boots that were alive in the range, each with its whole account: numbers have no gaps only over a whole boot. */
export async function completenessOf(
  events: EventsStore,
  range: MicrosRange,
  signal?: AbortSignal,
): Promise<BootCompleteness[]> {
  const binder = createBinder();
  const overlaps = `NOT (${inRange(binder, 'last_reported_at', { from: 0, to: range.from })})
    AND ${inRange(binder, 'booted_at', { from: 0, to: range.to })}`;
  const rows = await events.query({
    sql: `${SQL} ${overlaps} ORDER BY booted_at DESC, boot_id`,
    params: binder.params(),
    schema: BootRow,
    ...(signal === undefined ? {} : { signal }),
  });
  return rows.map((row) => ({
    sidecar_id: row.sidecar_id,
    boot_id: row.boot_id,
    booted_at: row.booted_at,
    last_reported_at: row.last_reported_at,
    ...accountOf({
      stored: row.stored,
      seen: Math.max(row.reported_seen, row.seen_by_seq),
      dropped: row.reported_dropped,
      reportedSpooled: row.reported_spooled,
    }),
  }));
}

/** A report is older than what was stored since: what it called spooled counts only as far as it is not stored by now. */
export function accountOf(counts: {
  readonly seen: number;
  readonly stored: number;
  readonly dropped: number;
  readonly reportedSpooled: number;
}): Completeness & { readonly missing: number } {
  const { seen, stored } = counts;
  const dropped = Math.min(counts.dropped, Math.max(0, seen - stored));
  const open = Math.max(0, seen - stored - dropped);
  const spooled = Math.min(counts.reportedSpooled, open);
  return { seen, stored, spooled, dropped, missing: open - spooled };
}

export function sumOf(boots: readonly BootCompleteness[]): Completeness & { readonly missing: number } {
  const total = { seen: 0, stored: 0, spooled: 0, dropped: 0, missing: 0 };
  for (const boot of boots) {
    total.seen += boot.seen;
    total.stored += boot.stored;
    total.spooled += boot.spooled;
    total.dropped += boot.dropped;
    total.missing += boot.missing;
  }
  return total;
}
