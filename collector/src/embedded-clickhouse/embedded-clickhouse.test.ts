import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClickHouseError, createClient } from '@clickhouse/client';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmbeddedClickHouse, type EmbeddedClickHouse } from './embedded-clickhouse.ts';

const log = createLogger({ name: 'test', level: 'error' });
const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-engine-'));
let store: EmbeddedClickHouse;
let client: ReturnType<typeof createClient>;

beforeAll(async () => {
  store = await createEmbeddedClickHouse({ dataDir, log });
  const { url, username, password, database } = store;
  client = createClient({ url, username, password, database });
});
afterAll(async () => {
  await client.close();
  await store.stop();
  rmSync(dataDir, { recursive: true });
});

async function rows<Row>(query: string, query_params: Record<string, unknown> = {}): Promise<Row[]> {
  const result = await client.query({ query, query_params, format: 'JSONEachRow' });
  return result.json<Row>();
}

describe('the embedded store under the stock client', () => {
  it('answers a ping, with and without a query', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
  });

  it('works in the configured database, in UTC, with 64-bit numbers and decimals in quotes', async () => {
    expect(
      await rows(
        'SELECT currentDatabase() AS db, timezone() AS tz, toUInt64(1) AS n, toDecimal64(1, 2) AS d',
      ),
    ).toEqual([{ db: 'tollgate', tz: 'UTC', n: '1', d: '1' }]);
  });

  it('takes rows as objects and gives them back', async () => {
    await client.command({
      query: 'CREATE TABLE objects (id UInt64, name String) ENGINE = MergeTree ORDER BY id',
    });
    const { summary } = await client.insert({
      table: 'objects',
      values: [
        { id: 1, name: 'a\n\nb' },
        { id: 2, name: "it's" },
      ],
      format: 'JSONEachRow',
    });
    expect(summary?.written_rows).toBe('2');
    expect(await rows('SELECT * FROM objects ORDER BY id')).toEqual([
      { id: '1', name: 'a\n\nb' },
      { id: '2', name: "it's" },
    ]);
  });

  it('throws the client’s own error with code and type', async () => {
    const failure = await client.query({ query: 'SELECT * FROM nowhere' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ClickHouseError);
    expect(failure).toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  });
});
