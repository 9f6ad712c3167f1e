// A real store in a directory of its own for the tests of this folder, with the clients that speak to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { createLogger } from '@tollgate/service-kit/logger';
import {
  createEmbeddedClickHouse,
  type EmbeddedClickHouse,
  type EmbeddedClickHouseOptions,
} from './embedded-clickhouse.ts';

export interface StoreFixture {
  readonly store: EmbeddedClickHouse;
  readonly dataDir: string;
  readonly client: ClickHouseClient;
  readonly reader: ClickHouseClient;
  readonly rows: <Row>(query: string, parameters?: Record<string, unknown>) => Promise<Row[]>;
  readonly count: (where: string) => Promise<number>;
  readonly post: (request: RawRequest) => Promise<Response>;
  readonly remove: () => Promise<void>;
}

export interface RawRequest {
  readonly query?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further URL parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A store with one table, `events (id, name)`. */
export async function createStoreFixture(
  options: Partial<EmbeddedClickHouseOptions> = {},
): Promise<StoreFixture> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-engine-'));
  const store = await createEmbeddedClickHouse({
    dataDir,
    log: createLogger({ name: 'test', level: 'silent' }),
    ...options,
  });
  const { url, username, password, database, readonlyUsername, readonlyPassword } = store;
  const log = { level: ClickHouseLogLevel.OFF };
  const client = createClient({ url, username, password, database, log });
  const reader = createClient({ url, username: readonlyUsername, password: readonlyPassword, log });
  await client.command({
    query: `CREATE TABLE events (id UInt64, name String DEFAULT 'none') ENGINE = MergeTree ORDER BY id
            SETTINGS non_replicated_deduplication_window = 100`,
  });
  const rows = async <Row>(query: string, query_params: Record<string, unknown> = {}): Promise<Row[]> =>
    (await client.query({ query, query_params, format: 'JSONEachRow' })).json<Row>();
  return {
    store,
    dataDir,
    client,
    reader,
    rows,
    count: async (where) => {
      const [row] = await rows<{ n: string }>(`SELECT count() AS n FROM events WHERE ${where}`);
      return Number(row?.n);
    },
    post: (request) => post(store, request),
    remove: async () => {
      await client.close();
      await reader.close();
      await store.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}

function post(
  store: EmbeddedClickHouse,
  { query, body, headers, parameters = {}, signal }: RawRequest,
): Promise<Response> {
  const url = new URL(store.url);
  if (query !== undefined) url.searchParams.set('query', query);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return fetch(url, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': store.username, 'X-ClickHouse-Key': store.password, ...headers },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  });
}

export function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no error',
    (error: unknown) => error,
  );
}
