// The one way to ClickHouse, embedded or server: the official client over HTTP with settings that keep numbers exact.
import { ClickHouseError, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { z } from 'zod';
import { type EventsStoreFault, faultOfInsert, faultOfQuery } from './events-store-fault.ts';

export type EventsTable =
  | 'llm_calls'
  | 'filter_findings'
  | 'gpu_samples'
  | 'sidecar_reports'
  | 'rejected_lines'
  | 'audit_log'
  | 'load_tests'
  | 'schema_migrations';

export interface EventsStoreOptions {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** Default limit of one question. */
  readonly queryTimeoutMs: number;
}

export interface EventsQuery<Row> {
  readonly sql: string;
  /** Bound by the server as `{name:Type}`; never pasted into the SQL. */
  readonly params?: Readonly<Record<string, unknown>>;
  readonly schema: z.ZodType<Row>;
  /** When it fires, the server is told to stop. */
  readonly signal?: AbortSignal;
  readonly settings?: ClickHouseSettings;
}

export interface EventsInsert {
  readonly table: EventsTable;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Repeating an insert with the same token changes nothing, in the table and in every rollup behind it. */
  readonly token: string;
}

export interface EventsStore {
  readonly database: string;
  readonly ping: () => Promise<boolean>;
  /** Throws TG_QUERY_TIMEOUT, TG_QUERY_TOO_LARGE, TG_EVENTS_STORE_UNAVAILABLE. */
  readonly query: <Row>(query: EventsQuery<Row>) => Promise<Row[]>;
  /** Returns once the rows are on disk. Throws TG_EVENTS_STORE_UNAVAILABLE, or TG_ROWS_UNSTORABLE when a row can never be stored. */
  readonly insert: (insert: EventsInsert) => Promise<void>;
  /** DDL only. */
  readonly command: (sql: string) => Promise<void>;
  readonly createDatabase: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Exact answers: 64-bit integers and decimals as text, times in UTC with their microseconds. */
const READ_SETTINGS: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
  date_time_output_format: 'iso',
  cancel_http_readonly_queries_on_client_close: 1,
  // A failure after the first rows must be an error, not a cut answer.
  wait_end_of_query: 1,
};

/** One block an insert, so that its token covers all of it; the answer comes after the write. */
const INSERT_SETTINGS: ClickHouseSettings = {
  async_insert: 0,
  wait_end_of_query: 1,
  insert_deduplicate: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  input_format_parallel_parsing: 0,
  max_partitions_per_insert_block: '0',
  max_insert_threads: '1',
};

export function createEventsStore(options: EventsStoreOptions): EventsStore {
  const { database } = options;
  const connection = { url: options.url, username: options.username, password: options.password };
  const client = createClient({
    ...connection,
    database,
    application: 'tollgate-collector',
    request_timeout: options.queryTimeoutMs + 5_000,
    max_open_connections: 12,
    keep_alive: { enabled: true, idle_socket_ttl: 1_500 },
    compression: { request: false, response: false },
    log: { level: 127 },
  });
  return {
    database,
    ping: async () => (await client.ping()).success,
    query: async ({ sql, params, schema, signal, settings }) => {
      const rows = await withFault(faultOfQuery, async () => {
        const answer = await client.query({
          query: sql,
          format: 'JSONEachRow',
          ...(params === undefined ? {} : { query_params: { ...params } }),
          ...(signal === undefined ? {} : { abort_signal: signal }),
          clickhouse_settings: {
            ...READ_SETTINGS,
            max_execution_time: Math.ceil(options.queryTimeoutMs / 1000),
            max_result_rows: '100000',
            ...settings,
          },
        });
        return answer.json<unknown>();
      });
      return rows.map((row) => schema.parse(row));
    },
    insert: async ({ table, rows, token }) => {
      if (rows.length === 0) return;
      await withFault(faultOfInsert, () =>
        client.insert({
          table,
          values: [...rows],
          format: 'JSONEachRow',
          clickhouse_settings: { ...INSERT_SETTINGS, insert_deduplication_token: token },
        }),
      );
    },
    command: async (sql) => {
      await withFault(faultOfQuery, () => client.command({ query: sql }));
    },
    createDatabase: () => createDatabase(connection, database),
    close: () => client.close(),
  };
}

/** Through a connection of its own: the other one names a database that may not exist yet. */
async function createDatabase(
  connection: { readonly url: string; readonly username: string; readonly password: string },
  database: string,
): Promise<void> {
  const client = createClient({ ...connection, database: 'default', log: { level: 127 } });
  try {
    await withFault(faultOfQuery, () =>
      client.command({ query: `CREATE DATABASE IF NOT EXISTS \`${database}\` ENGINE = Atomic` }),
    );
  } finally {
    await client.close();
  }
}

async function withFault<T>(fault: EventsStoreFault, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fault(error, error instanceof ClickHouseError ? Number(error.code) : undefined);
  }
}
