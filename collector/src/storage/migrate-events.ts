// Brings the ClickHouse schema up to date under one lock, in the order of the numbers.
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import { z } from 'zod';
import type { ControlStore } from './control-store.ts';
import type { EventsStore } from './events-store.ts';
import { type Migration, runMigrations } from './migration-runner.ts';
import { sqlTimeAt } from './sql-time.ts';

const AppliedRow = z.object({ id: z.coerce.number(), name: z.string(), checksum: z.string() });

export interface MigrateEventsOptions {
  readonly events: EventsStore;
  readonly control: ControlStore;
  readonly migrations: readonly Migration[];
  readonly clock: Clock;
  readonly log: Logger;
}

/** Creates the database and applies what is new. Throws TG_MIGRATION_CHANGED, TG_LOCK_HELD, TG_EVENTS_STORE_UNAVAILABLE. */
export async function migrateEvents(options: MigrateEventsOptions): Promise<void> {
  const { events, control } = options;
  const lock = { name: `events-migrations:${events.database}`, holdMs: 5_000, waitMs: 60_000 };
  await control.withLock(lock, () => migrateLocked(options));
}

async function migrateLocked({ events, migrations, clock, log }: MigrateEventsOptions): Promise<void> {
  await events.createDatabase();
  await events.command(`CREATE TABLE IF NOT EXISTS schema_migrations (
    id UInt32, name String, checksum String, applied_at DateTime64(6, 'UTC')
  ) ENGINE = ReplacingMergeTree ORDER BY id SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`);
  const ran = await runMigrations(migrations, {
    applied: () =>
      events.query({
        sql: 'SELECT id, name, checksum FROM schema_migrations FINAL ORDER BY id',
        schema: AppliedRow,
      }),
    apply: async (migration, checksum) => {
      for (const statement of migration.statements) await events.command(statement);
      await events.insert({
        table: 'schema_migrations',
        rows: [
          { id: migration.id, name: migration.name, checksum, applied_at: sqlTimeAt(clock.nowMicros()) },
        ],
        token: `migration:${migration.id}:${checksum}`,
      });
    },
  });
  if (ran.length > 0) log.info({ migrations: ran }, 'events_store.migrated');
}
