import { existsSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { ClickHouseError } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreFixture, failure, type StoreFixture } from './store.fixture.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await createStoreFixture({ maxConcurrentQueries: 2, maxQueued: 1, maxWaitMs: 60 });
});
afterAll(() => fixture.remove());

describe('access', () => {
  it.each<[string, RequestInit, string, number, string]>([
    ['no credentials', {}, '', 401, 'REQUIRED_PASSWORD'],
    [
      'a wrong password',
      { headers: { Authorization: `Basic ${btoa('tollgate:no')}` } },
      '',
      403,
      'AUTHENTICATION_FAILED',
    ],
    ['an unknown user', {}, 'user=nobody&password=x', 403, 'AUTHENTICATION_FAILED'],
  ])('is refused with %s', async (_what, init, search, status, type) => {
    const response = await fetch(`${fixture.store.url}/?query=SELECT%201&${search}`, init);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(type)]);
  });

  it('is given by basic auth, headers and URL alike', async () => {
    const { url, username, password } = fixture.store;
    const get = async (search: string, headers: Record<string, string>) =>
      (await fetch(`${url}/?query=SELECT%201${search}`, { headers })).text();
    expect(await get('', { Authorization: `Basic ${btoa(`${username}:${password}`)}` })).toBe('1\n');
    expect(await get('', { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password })).toBe('1\n');
    expect(await get(`&user=${username}&password=${encodeURIComponent(password)}`, {})).toBe('1\n');
  });

  it('of a reader ends at reading', async () => {
    const query = async (sql: string) =>
      (await fixture.reader.query({ query: sql, format: 'JSONEachRow' })).json();
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await failure(fixture.reader.command({ query: 'DROP TABLE events' }))).toMatchObject({
      code: '164',
    });
    expect(await failure(query('SELECT 1 SETTINGS max_execution_time = 0'))).toMatchObject({ code: '164' });
    const raised = {
      query: "SELECT getSetting('max_execution_time') AS s",
      clickhouse_settings: { max_execution_time: 9999 },
    };
    expect(await (await fixture.reader.query({ ...raised, format: 'JSONEachRow' })).json()).toEqual([
      { s: 60 },
    ]);
  });
});

describe('a file of the host', () => {
  const secret = 'TOP-SECRET';
  let file: string;
  beforeAll(() => {
    file = join(fixture.dataDir, 'secret.csv');
    writeFileSync(file, `a,b\n${secret},2\n`);
  });

  it.each([
    "SELECT * FROM file('FILE')",
    "SELECT file('FILE')",
    String.raw`SELECT * FROM "f\x69le"('FILE')`,
    "SELECT * FROM 'FILE'",
    'SELECT * FROM "FILE"',
    'SELECT * FROM default.`FILE`',
    'SELECT * FROM default/**/./**/`FILE`',
    String.raw`SELECT * FROM "d\x65fault".${'`FILE`'}`,
    'SELECT * FROM {d:Identifier}.{f:Identifier}',
    "SELECT * FROM merge(concat('def', 'ault'), '.*')",
    "SELECT * FROM format('CSV', file('FILE'))",
    'FROM default.`FILE` SELECT *',
    "CREATE TABLE leak AS file('FILE')",
    "CREATE TABLE leak (a String, b String) ENGINE = File(CSV, 'FILE')",
    "INSERT INTO events FROM INFILE 'FILE' FORMAT CSV",
    "SELECT 1 SETTINGS format_schema = 'FILE:x'",
  ])('stays unread by %s', async (sql) => {
    const parameters = { param_d: 'default', param_f: file };
    const response = await fixture.post({ body: sql.replace('FILE', file), parameters });
    expect([response.ok, (await response.text()).includes(secret)]).toEqual([false, false]);
  });

  it('stays unwritten', async () => {
    const target = join(fixture.dataDir, 'written.csv');
    for (const sql of [
      `SELECT 1 INTO OUTFILE '${target}'`,
      `SELECT 1 INTO/**/OUTFILE $$${target}$$`,
      `SELECT 1 INTO\u00a0OUTFILE '${target}'`,
      `SHOW TABLES INTO OUTFILE '${target}'`,
      `INSERT INTO FUNCTION file('${target}') VALUES (1)`,
      `INSERT INTO default.\`${target}\` VALUES (1)`,
    ]) {
      const response = await fixture.post({ body: sql });
      expect([sql, response.ok]).toEqual([sql, false]);
      await response.text();
    }
    expect(existsSync(target)).toBe(false);
  });
});

describe('load', () => {
  const endless = 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))';
  const running = async () => {
    const [row] = await fixture.rows<{ n: string }>(
      "SELECT count() AS n FROM system.processes WHERE query LIKE '%sipHash64%'",
    );
    // The question itself is one of them.
    return Number(row?.n) - 1;
  };
  const until = async (reached: () => Promise<boolean>): Promise<void> => {
    while (!(await reached())) await new Promise((resolve) => setImmediate(resolve));
  };

  it('kills a query whose client went away', async () => {
    const controller = new AbortController();
    const request = fixture.post({ body: endless, signal: controller.signal });
    await until(async () => (await running()) === 1);
    controller.abort();
    expect(await failure(request)).toMatchObject({ name: 'AbortError' });
    await until(async () => (await running()) === 0);
  });

  it('refuses queries beyond the bound with code 202 while inserts go on', async () => {
    const controller = new AbortController();
    const busy = [1, 2].map(() => failure(fixture.post({ body: endless, signal: controller.signal })));
    const refused = () => failure(fixture.client.query({ query: 'SELECT 1' }));
    await until(async () => (await refused()) instanceof ClickHouseError);
    expect(await refused()).toMatchObject({ code: '202', type: 'TOO_MANY_SIMULTANEOUS_QUERIES' });
    await fixture.client.insert({ table: 'events', values: [{ id: 90 }], format: 'JSONEachRow' });
    controller.abort();
    await Promise.all(busy);
    await until(async () => !((await refused()) instanceof ClickHouseError));
    expect(await fixture.count('id = 90')).toBe(1);
  });

  it('ends a query at the time that it was given', async () => {
    const work = fixture.client.query({
      query: endless,
      clickhouse_settings: { max_execution_time: 0.2 as never },
    });
    expect(await failure(work)).toMatchObject({ code: '159', type: 'TIMEOUT_EXCEEDED' });
  });

  it('stores nothing of an insert whose client went away before its end', async () => {
    const { url, username, password } = fixture.store;
    const query = new URLSearchParams({ query: 'INSERT INTO events FORMAT JSONEachRow' });
    const request = httpRequest(`${url}/?${query}`, { method: 'POST', auth: `${username}:${password}` });
    const broken = new Promise((resolve) => request.once('error', resolve));
    request.write('{"id":95}\n', () => request.destroy(new Error('gone')));
    await broken;
    await fixture.client.insert({ table: 'events', values: [{ id: 96 }], format: 'JSONEachRow' });
    expect(await fixture.count('id IN (95, 96)')).toBe(1);
  });
});
