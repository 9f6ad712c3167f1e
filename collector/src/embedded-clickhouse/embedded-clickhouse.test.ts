import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { ClickHouseError, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreFixture, failure, type RawRequest, type StoreFixture } from './store.fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await createStoreFixture();
});
afterAll(() => fixture.remove());

describe('under the stock client', () => {
  it('answers a ping, with and without a query', async () => {
    expect(await fixture.client.ping()).toEqual({ success: true });
    expect(await fixture.client.ping({ select: true })).toEqual({ success: true });
  });

  it('works in its database, in UTC, with 64-bit numbers and decimals in quotes', async () => {
    const query =
      'SELECT currentDatabase() AS db, timezone() AS tz, toUInt64(1) AS n, toDecimal64(1, 2) AS d';
    expect(await fixture.rows(query)).toEqual([{ db: 'tollgate', tz: 'UTC', n: '1', d: '1' }]);
  });

  it('takes rows as objects and gives them back', async () => {
    const values = [
      { id: '1', name: 'a\n\nb' },
      { id: '2', name: "it's" },
    ];
    const { summary, query_id } = await fixture.client.insert({
      table: 'events',
      values,
      format: 'JSONEachRow',
      query_id: 'q-1',
    });
    expect([summary?.written_rows, query_id]).toEqual(['2', 'q-1']);
    expect(await fixture.rows('SELECT id, name FROM events WHERE id < 3 ORDER BY id')).toEqual(values);
  });

  it('takes a stream of raw lines', async () => {
    const values = Readable.from(['10,none\n', '11,x\n'], { objectMode: false });
    await fixture.client.insert({ table: 'events', values, format: 'CSV' });
    expect(await fixture.rows('SELECT id, name FROM events WHERE id IN (10, 11) ORDER BY id')).toEqual([
      { id: '10', name: 'none' },
      { id: '11', name: 'x' },
    ]);
  });

  it('binds parameters as values, never as SQL', async () => {
    const text = 'a\tb\n\'); DROP TABLE events; --\\ "é';
    const query =
      'SELECT {text:String} AS text, {list:Array(String)} AS list, {n:UInt64} AS n, {none:Nullable(String)} AS none';
    expect(
      await fixture.rows(query, { text, list: [text, 'b'], n: '18446744073709551615', none: null }),
    ).toEqual([{ text, list: [text, 'b'], n: '18446744073709551615', none: null }]);
    expect(await failure(fixture.rows('SELECT {text:String}'))).toMatchObject({ code: '456' });
  });

  it('keeps no setting from one statement to the next', async () => {
    const query = "SELECT getSetting('max_threads') AS n, getSetting('insert_deduplication_token') AS token";
    const result = await fixture.client.query({
      query,
      clickhouse_settings: { max_threads: 7, insert_deduplication_token: 't' },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ n: 7, token: 't' }]);
    const [plain] = await fixture.rows<{ n: number; token: string }>(query);
    expect(plain).toMatchObject({ token: '' });
    expect(plain?.n).not.toBe(7);
  });

  it.each(['JSONEachRow', 'JSONCompactEachRowWithNames', 'CSVWithNames'] as const)(
    'streams 200,000 rows as %s',
    async (format) => {
      const result = await fixture.client.query({
        query: 'SELECT number, toString(number) AS s FROM numbers(200000)',
        format,
      });
      let seen = 0;
      let last = '';
      for await (const chunk of result.stream()) {
        for (const row of chunk) {
          seen += 1;
          last = row.text;
        }
      }
      expect(seen).toBe(format === 'JSONEachRow' ? 200_000 : 200_001);
      expect(last).toContain('199999');
    },
  );

  it('gives the header of a result without rows', async () => {
    const result = await fixture.client.query({ query: 'SELECT 1 AS a WHERE 0', format: 'CSVWithNames' });
    expect(await result.text()).toBe('"a"\n');
  });

  it('works compressed both ways', async () => {
    const { url, username, password } = fixture.store;
    const zipped = createClient({ url, username, password, compression: { request: true, response: true } });
    await zipped.insert({
      table: 'events',
      values: [{ id: 20, name: 'z'.repeat(10_000) }],
      format: 'JSONEachRow',
    });
    const result = await zipped.query({
      query: 'SELECT name FROM events WHERE id = 20',
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ name: 'z'.repeat(10_000) }]);
    await zipped.close();
  });

  it.each([
    ['SELECT * FROM nowhere', { code: '60', type: 'UNKNOWN_TABLE' }],
    ['SELECT', { code: '62', type: 'SYNTAX_ERROR' }],
    ['SELECT 1; SELECT 2', { code: '62', type: 'SYNTAX_ERROR' }],
    ["SELECT * FROM file('/etc/passwd')", { code: '497', type: 'ACCESS_DENIED' }],
    ['SELECT * FROM default.`/etc/passwd`', { code: '497', type: 'ACCESS_DENIED' }],
    ["SELECT throwIf(number = 3, 'boom') FROM numbers(10)", { code: '395' }],
  ])('throws its own error for %s', async (query, expected) => {
    const error = await failure(fixture.client.command({ query }));
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error).toMatchObject(expected);
  });

  const failsLate = `SELECT throwIf(number = 200000, 'late') FROM numbers(300000)
                     SETTINGS max_threads = 1, max_block_size = 1000`;

  it('throws its own error for a failure behind the first rows', async () => {
    const result = await fixture.client.query({ query: failsLate, format: 'JSONEachRow' });
    const error = await failure(result.json());
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error).toMatchObject({ code: '395' });
  });

  it('never takes a compressed answer that broke off for a whole one', async () => {
    const { url, username, password } = fixture.store;
    const client = createClient({ url, username, password, compression: { response: true } });
    const result = await client.query({ query: failsLate, format: 'JSONEachRow' });
    expect(await failure(result.json())).toBeInstanceOf(Error);
    await client.close();
  });

  it('names a setting that it does not know or may not take', async () => {
    const unknown = fixture.client.query({
      query: 'SELECT 1',
      clickhouse_settings: { nonsense: 1 } as never,
    });
    expect(await failure(unknown)).toMatchObject({ code: '115' });
    expect(
      await failure(fixture.client.query({ query: 'SELECT 1', clickhouse_settings: { dialect: 'kusto' } })),
    ).toMatchObject({
      code: '164',
    });
  });
});

describe('inserts', () => {
  const attack = '{"id":30}\n\nDROP TABLE events\n';

  it.each<[string, RawRequest]>([
    ['in the body', { query: 'INSERT INTO events FORMAT JSONEachRow', body: attack }],
    ['behind the statement', { body: `INSERT INTO events FORMAT JSONEachRow\n${attack}` }],
    [
      'compressed',
      {
        query: 'INSERT INTO events FORMAT JSONEachRow',
        body: gzipSync(attack),
        headers: { 'Content-Encoding': 'gzip' },
      },
    ],
    ['as values', { body: "INSERT INTO events VALUES (31, 'a');\n\nDROP TABLE events" }],
    ['as CSV', { query: 'INSERT INTO events FORMAT CSV', body: '32,a\n\n\nDROP TABLE events\n' }],
  ])('never run rows as SQL: %s', async (_what, request) => {
    await (await fixture.post(request)).text();
    expect(await fixture.count('1')).toBeGreaterThan(0);
  });

  it('skip blank lines between rows and keep those inside values', async () => {
    const body = '{"id":40,"name":"a\\n\\nb"}\n\n\n{"id":41}\n';
    const response = await fixture.post({ query: 'INSERT INTO events FORMAT JSONEachRow', body });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await fixture.count("id IN (40, 41) AND name IN ('a\\n\\nb', 'none')")).toBe(2);
  });

  it('take binary rows with any bytes in them', async () => {
    const name = '\n\n;DROP TABLE events';
    const row = Buffer.concat([Buffer.from([50, 0, 0, 0, 0, 0, 0, 0, name.length]), Buffer.from(name)]);
    const response = await fixture.post({ query: 'INSERT INTO events FORMAT RowBinary', body: row });
    expect(response.status).toBe(200);
    expect(await fixture.rows('SELECT name FROM events WHERE id = 50')).toEqual([{ name }]);
  });

  it('transform rows through input()', async () => {
    const query =
      "INSERT INTO events SELECT id + 60, upper(name) FROM input('id UInt64, name String') FORMAT CSV";
    expect((await fixture.post({ query, body: '1,a\n2,b\n' })).status).toBe(200);
    expect(await fixture.rows('SELECT id, name FROM events WHERE id IN (61, 62) ORDER BY id')).toEqual([
      { id: '61', name: 'A' },
      { id: '62', name: 'B' },
    ]);
  });

  it('with a deduplication token land once, in the table and in its views', async () => {
    await fixture.client.command({
      query: `CREATE MATERIALIZED VIEW totals ENGINE = SummingMergeTree ORDER BY name
              SETTINGS non_replicated_deduplication_window = 100
              AS SELECT name, count() AS calls FROM events WHERE id >= 70 AND id < 80 GROUP BY name`,
    });
    const insert = (id: number, token: string) =>
      fixture.client.insert({
        table: 'events',
        values: [{ id, name: 'same' }],
        format: 'JSONEachRow',
        clickhouse_settings: {
          insert_deduplication_token: token,
          deduplicate_blocks_in_dependent_materialized_views: 1,
        },
      });
    await insert(70, 'batch-1');
    await insert(70, 'batch-1');
    await insert(70, 'batch-2');
    expect(await fixture.count('id = 70')).toBe(2);
    expect(await fixture.rows('SELECT sum(calls) AS calls FROM totals')).toEqual([{ calls: '2' }]);
  });

  it('tell what is wrong with a row without naming a path', async () => {
    const response = await fixture.post({
      query: 'INSERT INTO events FORMAT JSONEachRow',
      body: '{"id":"x"}\n',
    });
    const text = await response.text();
    expect(text).toMatch(/^Code: \d+\. DB::Exception: /);
    expect(text).not.toContain(fixture.dataDir);
  });
});
