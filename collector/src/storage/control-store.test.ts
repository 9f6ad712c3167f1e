// One contract for both engines: SQLite always, PostgreSQL where its programs are installed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@tollgate/service-kit/clock';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPriceBook } from '../pricing/price-book.ts';
import { loadPrices } from '../pricing/price-table.ts';
import { priced } from '../pricing/price-test-kit.ts';
import { createBatchLedger } from './batch-ledger.ts';
import { type ControlStore, type ControlStoreLocation, createControlStore } from './control-store.ts';

interface Backend {
  readonly start: () => Promise<ControlStoreLocation>;
  readonly stop: () => Promise<void>;
}

function sqliteBackend(): Backend {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-control-'));
  return {
    start: async () => ({ sqliteFile: join(directory, 'nested', 'control.db') }),
    stop: async () => rmSync(directory, { recursive: true }),
  };
}

const postgresBin = ['/usr/local/bin', '/usr/bin', ...debianPostgres()].find((folder) =>
  existsSync(join(folder, 'initdb')),
);

function debianPostgres(): string[] {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : [];
}

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
function postgresBackend(bin: string): Backend {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-postgres-'));
  const asRoot = process.getuid?.() === 0;
  const owner = asRoot ? statSync('/var/lib/postgresql') : statSync(directory);
  const identity = asRoot ? { uid: owner.uid, gid: owner.gid } : {};
  let server: ChildProcess | undefined;
  return {
    start: async () => {
      chownSync(directory, owner.uid, owner.gid);
      const data = join(directory, 'data');
      execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'tollgate', '-A', 'trust', '--no-sync'], identity);
      const port = await freePort();
      const flags = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
      server = spawn(join(bin, 'postgres'), [...flags, '-k', directory], { ...identity, stdio: 'ignore' });
      const postgresUrl = `postgres://tollgate@127.0.0.1:${port}/postgres`;
      await untilReachable(postgresUrl);
      return { postgresUrl };
    },
    stop: async () => {
      const ended = new Promise((resolve) => server?.once('exit', resolve));
      server?.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function untilReachable(connectionString: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await delay(50);
    }
  }
  throw new Error('PostgreSQL did not start');
}

const backends: [string, Backend | undefined][] = [
  ['SQLite', sqliteBackend()],
  ['PostgreSQL', postgresBin === undefined ? undefined : postgresBackend(postgresBin)],
];

describe.each(backends)('the control store on %s', (_, backend) => {
  let location: ControlStoreLocation;
  const open: ControlStore[] = [];
  const openStore = async (): Promise<ControlStore> => {
    const store = await createControlStore({ location, clock: systemClock });
    open.push(store);
    return store;
  };
  beforeAll(async () => {
    if (backend !== undefined) location = await backend.start();
  });
  afterAll(async () => backend?.stop());
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  const test = it.skipIf(backend === undefined);

  test('migrates once, also when two processes open it together', async () => {
    const [first] = await Promise.all([openStore(), openStore()]);
    const ids = await first.db.selectFrom('schema_migrations').select('id').orderBy('id').execute();
    expect(ids.map((row) => row.id)).toEqual(ids.map((_row, index) => index + 1));
  });

  test('refuses a store whose applied migration differs from ours', async () => {
    const store = await openStore();
    const before = await store.db
      .selectFrom('schema_migrations')
      .selectAll()
      .where('id', '=', 1)
      .executeTakeFirstOrThrow();
    await store.db.updateTable('schema_migrations').set({ checksum: 'other' }).where('id', '=', 1).execute();
    await expect(openStore()).rejects.toMatchObject({ code: 'TG_MIGRATION_CHANGED' });
    await store.db
      .updateTable('schema_migrations')
      .set({ checksum: before.checksum })
      .where('id', '=', 1)
      .execute();
  });

  test('lets one holder at a time have a lock', async () => {
    const [one, other] = [await openStore(), await openStore()];
    const lock = { name: 'once', holdMs: 60_000, waitMs: 0 };
    await one.withLock(lock, async () => {
      await expect(other.withLock(lock, async () => 'in')).rejects.toMatchObject({ code: 'TG_LOCK_HELD' });
    });
    expect(await other.withLock(lock, async () => 'in')).toBe('in');
  });

  test('frees a lock whose holder failed, and one whose time is over', async () => {
    const store = await openStore();
    const lock = { name: 'freed', holdMs: 60_000, waitMs: 0 };
    await expect(store.withLock(lock, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await store.withLock(lock, async () => 1)).toBe(1);
    await store.db.insertInto('locks').values({ name: 'stale', holder: 'gone', expires_at_ms: 1 }).execute();
    expect(await store.withLock({ ...lock, name: 'stale' }, async () => 2)).toBe(2);
  });

  test('keeps the lock of a holder that takes longer than the lock would last', async () => {
    const [one, other] = [await openStore(), await openStore()];
    await one.withLock({ name: 'long', holdMs: 150, waitMs: 0 }, async () => {
      const first = await one.db
        .selectFrom('locks')
        .selectAll()
        .where('name', '=', 'long')
        .executeTakeFirst();
      await expect
        .poll(async () => {
          const now = await one.db
            .selectFrom('locks')
            .selectAll()
            .where('name', '=', 'long')
            .executeTakeFirst();
          return (now?.expires_at_ms ?? 0) - (first?.expires_at_ms ?? 0);
        })
        .toBeGreaterThan(150);
      const attempt = other.withLock({ name: 'long', holdMs: 150, waitMs: 0 }, async () => 'in');
      await expect(attempt).rejects.toMatchObject({ code: 'TG_LOCK_HELD' });
    });
  });

  test('remembers batches with their answer, and forgets old ones', async () => {
    const ledger = createBatchLedger({ control: await openStore(), clock: systemClock });
    const batch = { accepted: 3, rejected: [{ line: 2, problems: ['no such time'] }] };
    await ledger.record('b', batch);
    await ledger.record('b', { accepted: 9, rejected: [] });
    expect(await ledger.find('b')).toEqual(batch);
    const later = { ...systemClock, nowMicros: () => systemClock.nowMicros() + 31 * 86_400_000_000 };
    await createBatchLedger({ control: await openStore(), clock: later }).forgetOlderThan(30);
    expect(await ledger.find('b')).toBeUndefined();
  });

  test('rolls a failed transaction back', async () => {
    const { db } = await openStore();
    const work = db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('locks')
        .values({ name: 'tx', holder: 'h', expires_at_ms: 2 ** 52 })
        .execute();
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await db.selectFrom('locks').selectAll().where('name', '=', 'tx').execute()).toEqual([]);
    await db
      .insertInto('locks')
      .values({ name: 'big', holder: 'h', expires_at_ms: 2 ** 52 })
      .execute();
    const kept = await db
      .selectFrom('locks')
      .select('expires_at_ms')
      .where('name', '=', 'big')
      .executeTakeFirst();
    expect(kept?.expires_at_ms).toBe(2 ** 52);
  });

  test('holds the price table, seeded once', async () => {
    const control = await openStore();
    const prices = await loadPrices({ control, overrides: [], clock: systemClock });
    const again = await loadPrices({ control, overrides: [], clock: systemClock });
    expect(prices.length).toBeGreaterThan(2_000);
    expect(again).toEqual(prices);
    const usage = { provider: 'openai', requested_model: 'gpt-4o-mini', input_uncached_tokens: 1_000_000 };
    expect(priced(createPriceBook(prices), usage)).toEqual(['0.15', 'exact', true]);
  });

  test('syncs every commit to disk', async () => {
    const store = await openStore();
    if (store.engine === 'postgres') return;
    const mode = await sql<{ journal_mode: string }>`PRAGMA journal_mode`.execute(store.db);
    const sync = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(store.db);
    expect([mode.rows[0]?.journal_mode, sync.rows[0]?.synchronous]).toEqual(['wal', 2]);
  });
});
