// The embedded store under kill -9: of the engine while rows come in, and of the collector that owns it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createEmbeddedClickHouse } from '@tollgate/collector/embedded-clickhouse/embedded-clickhouse';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const log = createLogger({ name: 'test', level: 'silent' });
let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'tollgate-engine-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const rowsOf = (batch: number) => Array.from({ length: 50 }, (_, index) => ({ batch, row: index }));

describe('the embedded store', () => {
  it('keeps each acknowledged batch exactly once while the engine is killed under load, ten times', async () => {
    const store = await createEmbeddedClickHouse({ dataDir, log });
    const { url, username, password, database } = store;
    const client = createClient({
      url,
      username,
      password,
      database,
      log: { level: ClickHouseLogLevel.OFF },
    });
    await client.command({
      query: `CREATE TABLE events (batch UInt32, row UInt32) ENGINE = MergeTree ORDER BY batch
              SETTINGS non_replicated_deduplication_window = 1000`,
    });
    await client.command({
      query: `CREATE MATERIALIZED VIEW totals ENGINE = SummingMergeTree ORDER BY batch
              SETTINGS non_replicated_deduplication_window = 1000
              AS SELECT batch, count() AS rows FROM events GROUP BY batch`,
    });
    let acknowledged = 0;
    let stopped = false;
    const send = async (batch: number): Promise<void> => {
      const clickhouse_settings = {
        insert_deduplication_token: `batch-${batch}`,
        deduplicate_blocks_in_dependent_materialized_views: 1 as const,
      };
      const insert = () =>
        client.insert({ table: 'events', values: rowsOf(batch), format: 'JSONEachRow', clickhouse_settings });
      while (
        !(await insert().then(
          () => true,
          () => false,
        ))
      )
        await delay(50);
      acknowledged += 1;
    };
    const load = (async () => {
      for (let batch = 0; !stopped; batch += 1) await send(batch);
    })();

    for (let round = 1; round <= 10; round += 1) {
      const before = acknowledged;
      while (acknowledged < before + 20) await delay(5);
      const pid = store.pid();
      if (pid === undefined) throw new Error('the engine does not run');
      process.kill(pid, 'SIGKILL');
      while (store.restarts() < round || store.state() !== 'ready') await delay(20);
    }
    stopped = true;
    await load;

    const result = await client.query({
      query: `SELECT count() AS rows, uniqExact(batch, row) AS distinct_rows, uniqExact(batch) AS batches,
                     (SELECT sum(rows) FROM totals) AS rolled_up FROM events`,
      format: 'JSONEachRow',
    });
    const rows = String(acknowledged * 50);
    expect(await result.json()).toEqual([
      { rows, distinct_rows: rows, batches: String(acknowledged), rolled_up: rows },
    ]);
    expect(store.url).toBe(url);
    await client.close();
    await store.stop();
  });

  it('ends with a killed owner, and the next owner waits for the directory', async () => {
    const owner = await startOwner(dataDir);
    owner.process.kill('SIGKILL');
    const store = await createEmbeddedClickHouse({ dataDir, log });
    expect(isAlive(owner.enginePid)).toBe(false);
    expect(store.state()).toBe('ready');
    await store.stop();
  });

  it('refuses a second owner with a reason', async () => {
    const store = await createEmbeddedClickHouse({ dataDir, log });
    const second = createEmbeddedClickHouse({ dataDir, log, lockWaitMs: 500 });
    await expect(second).rejects.toMatchObject({
      code: 'TG_ENGINE_START_FAILED',
      message: expect.stringContaining('another process holds it'),
    });
    await store.stop();
  });
});

interface Owner {
  readonly process: ChildProcess;
  readonly enginePid: number;
}

/** A process that does nothing but own a store. */
async function startOwner(directory: string): Promise<Owner> {
  const source = `
    import { createEmbeddedClickHouse } from '@tollgate/collector/embedded-clickhouse/embedded-clickhouse';
    import { createLogger } from '@tollgate/service-kit/logger';
    const log = createLogger({ name: 'owner', level: 'silent' });
    createEmbeddedClickHouse({ dataDir: ${JSON.stringify(directory)}, log }).then((store) => process.send(store.pid()));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const enginePid = await new Promise<number>((resolve, reject) => {
    child.once('message', (pid) => resolve(Number(pid)));
    child.once('exit', () => reject(new Error('the owner ended')));
  });
  return { process: child, enginePid };
}

/** A process that has ended may stay listed as a zombie until its parent asks. */
function isAlive(pid: number): boolean {
  try {
    const [, state] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return !state?.startsWith('Z');
  } catch {
    return false;
  }
}
