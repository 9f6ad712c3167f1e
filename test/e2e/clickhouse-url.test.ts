// A ClickHouse server of one's own: CLICKHOUSE_URL alone switches to it, and a server that comes late or goes away is waited for.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, createClient } from '@clickhouse/client';
import { callEvent, startTestCollector, type TestCollector } from '@tollgate/collector/collector-test-kit';
import {
  createEmbeddedClickHouse,
  type EmbeddedClickHouse,
} from '@tollgate/collector/embedded-clickhouse/embedded-clickhouse';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'tollgate-server-'));
let server: EmbeddedClickHouse;
let front: Server;
let reachable = false;
let collector: TestCollector;

/** Stands before the engine as a server that can be away, and that knows the collector by a user and password of its own. */
function createFront(): Server {
  return createServer((incoming, outgoing) => {
    if (!reachable) return void incoming.socket.destroy();
    const given = Buffer.from(
      (incoming.headers.authorization ?? '').replace('Basic ', ''),
      'base64',
    ).toString();
    if (incoming.headers.authorization !== undefined && given !== 'ours:secret') {
      return void outgoing.writeHead(403).end('Code: 516. AUTHENTICATION_FAILED');
    }
    const authorization = `Basic ${Buffer.from(`${server.username}:${server.password}`).toString('base64')}`;
    const onward = request(
      new URL(incoming.url ?? '/', server.url),
      { method: incoming.method, headers: { ...incoming.headers, authorization } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.once('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
}

beforeAll(async () => {
  const log = createLogger({ name: 'test', level: 'silent' });
  server = await createEmbeddedClickHouse({ dataDir: join(directory, 'server'), log });
  front = createFront();
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const { port } = front.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  collector = await startTestCollector({ clickhouse: { url, username: 'ours', password: 'secret' } });
});
afterAll(async () => {
  await collector.stop();
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  await server.stop();
  rmSync(directory, { recursive: true });
});

const now = new Date().toISOString().replace('Z', '000Z');
const event = (seq: number) => callEvent(seq, { started_at: now, input_uncached_tokens: 1_000_000 });
const range = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + 3_600_000).toISOString()}`;

/** Calls in the raw table, in three rollups, and as distinct sequence numbers. */
async function counts(client: ClickHouseClient): Promise<number[]> {
  const answer = await client.query({
    query: `SELECT (SELECT count() FROM llm_calls) AS calls, (SELECT sum(calls) FROM spend_daily) AS daily,
      (SELECT sum(calls) FROM spend_hourly) AS hourly, (SELECT sum(calls) FROM latency_daily) AS latency,
      (SELECT groupBitmapMerge(seqs) FROM boot_progress) AS seqs`,
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<Record<string, unknown>>();
  return Object.values(row ?? {}).map(Number);
}

describe('a collector on a ClickHouse server', () => {
  it('lives and says so while the server has not come, but acknowledges nothing', async () => {
    expect((await collector.get('/healthz')).status).toBe(200);
    expect((await collector.get('/readyz')).status).toBe(503);
    const answer = await collector.send({ id: 'early', lines: [event(0)] });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ error: { code: 'TG_EVENTS_STORE_UNAVAILABLE' } });
  });

  it('takes up its work by itself once the server is there', async () => {
    reachable = true;
    await expect.poll(async () => (await collector.get('/readyz')).status, { timeout: 20_000 }).toBe(200);
    expect((await collector.send({ id: 'early', lines: [event(0)] })).status).toBe(200);
    expect(await collector.ask(`spend?${range}`)).toMatchObject({ rows: [{ calls: 1, cost_usd: '0.15' }] });
  });

  it('refuses and recovers when the server goes away in between', async () => {
    reachable = false;
    front.closeAllConnections();
    expect((await collector.send({ id: 'gone', lines: [event(1)] })).status).toBe(503);
    expect((await collector.get(`/api/v1/spend?${range}`)).status).toBe(503);
    expect(await (await collector.get('/metrics')).text()).toMatch(/^tollgate_events_store_up 0$/m);
    reachable = true;
    expect((await collector.send({ id: 'gone', lines: [event(1)] })).status).toBe(200);
    expect(await collector.ask(`spend?${range}`)).toMatchObject({ rows: [{ calls: 2, cost_usd: '0.3' }] });
  });

  it('completes rollups that a failure cut off from their calls, without doubling either', async () => {
    const { url, username, password } = server;
    const client = createClient({ url, username, password, database: 'tollgate' });
    await client.command({ query: 'ALTER TABLE spend_daily ADD CONSTRAINT never CHECK calls > 1000000' });
    const batch = { id: 'half', lines: [event(2), event(3)] };
    expect((await collector.send(batch)).status).toBe(503);
    const torn = await counts(client);
    expect(new Set(torn).size, `a torn state, found ${torn}`).toBeGreaterThan(1);
    await client.command({ query: 'ALTER TABLE spend_daily DROP CONSTRAINT never' });
    expect((await collector.send(batch)).status).toBe(200);
    expect(await counts(client)).toEqual([4, 4, 4, 4, 4]);
    await client.close();
  });
});
