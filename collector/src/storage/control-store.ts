// Control state (prices, locks, batch ledger): SQLite in the data directory, or PostgreSQL by URL. Opens it migrated.
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import { type Dialect, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import { controlMigrations } from './control-migrations.ts';
import type { ControlSchema } from './control-schema.ts';
import { type Migration, runMigrations } from './migration-runner.ts';

const errLockHeld = defineError('TG_LOCK_HELD', 503);
/** How long a write waits for another process's; it blocks this one meanwhile, and writes are short. */
const BUSY_TIMEOUT_MS = 5_000;
const MIGRATION_WAIT_MS = 60_000;
const MIGRATION_LOCK_KEY = 7_018_310_001;

export type ControlEngine = 'sqlite' | 'postgres';

export interface ControlStore {
  readonly db: Kysely<ControlSchema>;
  readonly engine: ControlEngine;
  /** Runs `work` while no other process holds the same name. Throws TG_LOCK_HELD after `waitMs`. */
  readonly withLock: <T>(options: LockOptions, work: () => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

export interface LockOptions {
  readonly name: string;
  /** A crashed holder's lock is free again after this; a living one renews it. */
  readonly holdMs: number;
  readonly waitMs: number;
}

export type ControlStoreLocation = { readonly sqliteFile: string } | { readonly postgresUrl: string };

export interface ControlStoreOptions {
  readonly location: ControlStoreLocation;
  readonly clock: Clock;
  readonly log?: Logger;
  readonly pause?: (ms: number) => Promise<void>;
}

/** Opens and migrates the store. PostgreSQL beyond one machine, SQLite (WAL, every commit synced) otherwise. */
export async function createControlStore(options: ControlStoreOptions): Promise<ControlStore> {
  const { location, clock } = options;
  const pause = options.pause ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
  const engine: ControlEngine = 'postgresUrl' in location ? 'postgres' : 'sqlite';
  const { dialect, lockSchema } =
    'postgresUrl' in location ? postgres(location.postgresUrl, options.log) : sqlite(location.sqliteFile);
  const db = new Kysely<ControlSchema>({ dialect });
  try {
    await db.connection().execute(async (connection) => {
      await retryWhileBusy({ clock, pause }, () => lockSchema(connection));
      await migrateLocked(connection, engine, clock);
    });
    if (engine === 'sqlite') await sql.raw(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`).execute(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    db,
    engine,
    withLock: (lock, work) => withLock({ db, clock, pause, log: options.log, lock, work }),
    close: () => db.destroy(),
  };
}

interface Engine {
  readonly dialect: Dialect;
  /** Keeps every other process from migrating until the connection's transaction (SQLite) or lock (PostgreSQL) ends. */
  readonly lockSchema: (connection: Kysely<ControlSchema>) => Promise<void>;
}

function sqlite(file: string): Engine {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Database(file);
  chmodSync(file, 0o600);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return {
    dialect: new SqliteDialect({ database }),
    // Not through Kysely: a prepared BEGIN that finds the file busy stays open and would block the later COMMIT.
    lockSchema: async () => {
      database.exec('BEGIN IMMEDIATE');
    },
  };
}

function postgres(connectionString: string, log: Logger | undefined): Engine {
  const types = new pg.TypeOverrides();
  // Counts and lock times fit 53 bits; pg would hand BIGINT (type 20) over as text.
  types.setTypeParser(20, (text: string) => Number(text));
  const pool = new pg.Pool({ connectionString, max: 8, types });
  // A connection that broke while idle: the pool opens another for the next query, which fails aloud if it must.
  pool.on('error', (error) => log?.warn({ exception: error }, 'control_store.connection_lost'));
  return {
    dialect: new PostgresDialect({ pool }),
    lockSchema: async (connection) => {
      await sql`SELECT pg_advisory_lock(${MIGRATION_LOCK_KEY})`.execute(connection);
    },
  };
}

/** Asks again while another process migrates. SQLite's own waiting would stop this process altogether. */
async function retryWhileBusy(
  { clock, pause }: { readonly clock: Clock; readonly pause: (ms: number) => Promise<void> },
  work: () => Promise<void>,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + MIGRATION_WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const busy = error instanceof Error && /database is (locked|busy)/i.test(error.message);
      if (!busy || clock.monotonicMs() >= deadlineMs) throw error;
      await pause(50);
    }
  }
}

async function migrateLocked(
  connection: Kysely<ControlSchema>,
  engine: ControlEngine,
  clock: Clock,
): Promise<void> {
  try {
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)`.execute(
      connection,
    );
    await runMigrations(controlMigrations, {
      applied: () =>
        connection.selectFrom('schema_migrations').select(['id', 'name', 'checksum']).orderBy('id').execute(),
      apply: (migration, checksum) => applyMigration({ connection, engine, clock, migration, checksum }),
    });
    if (engine === 'sqlite') await sql`COMMIT`.execute(connection);
  } catch (error) {
    if (engine === 'sqlite') await sql`ROLLBACK`.execute(connection);
    throw error;
  } finally {
    if (engine === 'postgres')
      await sql`SELECT pg_advisory_unlock(${MIGRATION_LOCK_KEY})`.execute(connection);
  }
}

async function applyMigration(step: {
  readonly connection: Kysely<ControlSchema>;
  readonly engine: ControlEngine;
  readonly clock: Clock;
  readonly migration: Migration;
  readonly checksum: string;
}): Promise<void> {
  const { connection, engine, migration } = step;
  const serial = engine === 'postgres' ? 'BIGSERIAL PRIMARY KEY' : 'INTEGER PRIMARY KEY AUTOINCREMENT';
  for (const statement of migration.statements) {
    await sql.raw(statement.replace('$SERIAL', serial)).execute(connection);
  }
  const applied_at = new Date(step.clock.nowMicros() / 1000).toISOString();
  const { id, name } = migration;
  await connection
    .insertInto('schema_migrations')
    .values({ id, name, checksum: step.checksum, applied_at })
    .execute();
}

async function withLock<T>(options: {
  readonly db: Kysely<ControlSchema>;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: Logger | undefined;
  readonly lock: LockOptions;
  readonly work: () => Promise<T>;
}): Promise<T> {
  const { db, clock, lock } = options;
  const holder = randomUUID();
  const deadlineMs = clock.monotonicMs() + lock.waitMs;
  while (!(await tryLock(db, lock, { holder, nowMs: Math.floor(clock.nowMicros() / 1000) }))) {
    if (clock.monotonicMs() >= deadlineMs) {
      throw errLockHeld(`another process holds the lock "${lock.name}"`, {
        hint: 'wait until the other collector has started, or stop it',
      });
    }
    await options.pause(100);
  }
  const renewal = setInterval(() => {
    const expires_at_ms = Math.floor(clock.nowMicros() / 1000) + lock.holdMs;
    db.updateTable('locks')
      .set({ expires_at_ms })
      .where('name', '=', lock.name)
      .where('holder', '=', holder)
      .execute()
      .catch((error: unknown) =>
        options.log?.warn({ exception: error, lock: lock.name }, 'lock.not_renewed'),
      );
  }, lock.holdMs / 3);
  try {
    return await options.work();
  } finally {
    clearInterval(renewal);
    await db.deleteFrom('locks').where('name', '=', lock.name).where('holder', '=', holder).execute();
  }
}

async function tryLock(
  db: Kysely<ControlSchema>,
  lock: LockOptions,
  { holder, nowMs }: { readonly holder: string; readonly nowMs: number },
): Promise<boolean> {
  const expires_at_ms = nowMs + lock.holdMs;
  const row = await db
    .insertInto('locks')
    .values({ name: lock.name, holder, expires_at_ms })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ holder, expires_at_ms })
        .where('locks.expires_at_ms', '<=', nowMs),
    )
    .returning('holder')
    .executeTakeFirst();
  return row?.holder === holder;
}
