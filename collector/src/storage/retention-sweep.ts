// Drops whole partitions past their retention, once at start and then every hour. Never deletes row by row.
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import { z } from 'zod';
import type { EventsStore } from './events-store.ts';

const SWEEP_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;
const PartRow = z.object({ table: z.string(), partition_id: z.string() });

export interface RetentionSweepOptions {
  readonly events: EventsStore;
  /** Table to days that its rows are kept. Partitions are days (`20261101`) or months (`202611`). */
  readonly keepDays: Readonly<Record<string, number>>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface RetentionSweep {
  /** Returns the partitions dropped, as `table/partition`. */
  readonly sweep: () => Promise<string[]>;
  readonly start: () => void;
  readonly stop: () => void;
}

export function createRetentionSweep({
  events,
  keepDays,
  clock,
  log,
}: RetentionSweepOptions): RetentionSweep {
  let timer: NodeJS.Timeout | undefined;
  const sweep = async (): Promise<string[]> => {
    const parts = await events.query({
      sql: `SELECT DISTINCT table, partition_id FROM system.parts
        WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)} ORDER BY table, partition_id`,
      params: { tables: Object.keys(keepDays) },
      schema: PartRow,
    });
    const dropped: string[] = [];
    for (const { table, partition_id: partition } of parts) {
      const days = keepDays[table];
      if (days === undefined || !isPast(partition, clock.nowMicros() / 1000 - days * DAY_MS)) continue;
      try {
        await events.command(`ALTER TABLE ${table} DROP PARTITION ID '${partition}'`);
        dropped.push(`${table}/${partition}`);
      } catch (error) {
        // A partition that the store will not let go (too large for its settings, say) must not keep all the others.
        log.warn({ exception: error, partition: `${table}/${partition}` }, 'retention.partition_not_dropped');
      }
    }
    if (dropped.length > 0) log.info({ partitions: dropped }, 'retention.partitions_dropped');
    return dropped;
  };
  const run = (): void => {
    sweep().catch((error: unknown) => log.warn({ exception: error }, 'retention.sweep_failed'));
  };
  return {
    sweep,
    start: () => {
      run();
      timer = setInterval(run, SWEEP_EVERY_MS);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

/** True when the whole partition ended before the time given. */
export function isPast(partition: string, keptFromMs: number): boolean {
  if (!/^\d{6}(\d{2})?$/.test(partition)) return false;
  const year = Number(partition.slice(0, 4));
  const month = Number(partition.slice(4, 6));
  const end =
    partition.length === 8
      ? Date.UTC(year, month - 1, Number(partition.slice(6, 8)) + 1)
      : Date.UTC(year, month, 1);
  return end <= keptFromMs;
}
