// The whole collector on a real embedded store: batches sent again, completeness, who may ask, and what a page is told.
import { join } from 'node:path';
import { BATCH_ID_HEADER, formatTimestamp, INGEST_PATH } from '@tollgate/contract';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_TOKEN,
  BOOT_ID,
  callEvent,
  INGEST_TOKEN,
  startTestCollector,
  type TestCollector,
} from './collector-test-kit.ts';
import { events, HOUR, rangeQuery, START, sent, sums, whole } from './known-calls-test-kit.ts';

let collector: TestCollector;

beforeAll(async () => {
  collector = await startTestCollector({ retention: { callsDays: 36_500 } });
  const answers = await Promise.all(
    [0, 1, 2].map((part) =>
      collector.send({ id: `batch-${part}`, lines: events.slice(part * 200, part * 200 + 200) }),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
});
afterAll(() => collector.stop());

describe('batches sent again', () => {
  const counts = async () => {
    const { rows, completeness } = (await collector.ask(`spend?${whole}`)) as {
      rows: { calls: number; cost_usd: string }[];
      completeness: object;
    };
    const { calls } = (await collector.ask(`calls?${whole}&limit=1`)) as { calls: unknown[] };
    return { spend: rows[0], completeness, calls: calls.length };
  };
  const expected = {
    spend: sums(sent),
    completeness: { seen: 600, stored: 600, spooled: 0, dropped: 0, missing: 0 },
    calls: 1,
  };

  it('change nothing under the same id', async () => {
    expect((await collector.send({ id: 'batch-1', lines: events.slice(200, 400) })).status).toBe(200);
    expect(await counts()).toMatchObject({ ...expected, completeness: { seen: 600, stored: 600 } });
  });

  it('change nothing when the ledger has forgotten them: neither rows nor rollups', async () => {
    const database = new Database(join(collector.dataDir, 'collector', 'control.db'));
    database.exec('DELETE FROM ingest_batches');
    database.close();
    const answer = await collector.send({ id: 'batch-1', lines: events.slice(200, 400) });
    expect(await answer.json()).toEqual({ batch_id: 'batch-1', accepted: 200, rejected: [] });
    expect((await counts()).spend).toEqual(sums(sent));
  });

  it('add only what is new when a replay cuts them differently', async () => {
    const lines = [
      ...events.slice(150, 450),
      callEvent(600, { started_at: formatTimestamp(START), team: 'late', input_uncached_tokens: 1 }),
    ];
    const answer = await collector.send({ id: 'replayed', lines, replay: true });
    expect(await answer.json()).toEqual({ batch_id: 'replayed', accepted: 301, rejected: [] });
    expect((await counts()).spend?.calls).toBe(601);
    expect(await collector.ask(`spend?${whole}&group_by=team&team=late`)).toMatchObject({
      rows: [{ calls: 1, cost_usd: '0.00000015' }],
    });
  });
});

describe('a batch of lines that no store can hold', () => {
  const lines = (body: string) =>
    fetch(`${collector.url}${INGEST_PATH}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${INGEST_TOKEN}`,
        [BATCH_ID_HEADER]: `odd-${body.length}`,
      },
      body,
    });

  it('is put into quarantine when the cut parts a surrogate pair', async () => {
    const answer = await lines(`${'x'.repeat(8_191)}😀`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ accepted: 0, rejected: [{ line: 1 }] });
  });

  it('is refused when it has more lines than memory should pay for', async () => {
    const answer = await lines('x\n'.repeat(100_001));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      error: { code: 'TG_BATCH_TOO_LARGE', hint: expect.anything() },
    });
  });
});

describe('questions at the edge of time', () => {
  it.each([
    ['spend?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&interval=hour', 200],
    ['calls?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z', 200],
    ['latency?from=2200-01-01T00:00:00Z&to=2300-01-01T00:00:00Z', 200],
    ['audit?from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z', 400],
    ['calls/ffffffff-ffff-7fff-bfff-ffffffffffff', 404],
  ])('%s answers %i', async (path, status) => {
    expect((await collector.get(`/api/v1/${path}`)).status).toBe(status);
  });
});

describe('a question with a filter', () => {
  it('of every dimension answers to it alone', async () => {
    const of = async (path: string) => {
      const { rows } = (await collector.ask(path)) as { rows: { calls: number }[] };
      return rows.reduce((sum, { calls }) => sum + calls, 0);
    };
    const wrong = sent.filter(({ error }) => error).length;
    expect(await of(`spend?${whole}&outcome=upstream_error`)).toBe(wrong);
    expect(await of(`spend?${whole}&cost_status=unpriced&interval=day`)).toBe(
      sent.filter(({ model }) => model === 'unheard-of').length,
    );
    expect(await of(`spend?${whole}&environment=prod`)).toBe(0);
    expect(await of(`latency?${whole}&app=nobodys`)).toBe(0);
  });

  it.each([
    ['spend', 'teams=x'],
    ['latency', 'user=x'],
    ['calls', 'outcome=nonsense'],
    ['findings', 'severity=high'],
    ['recommendations', 'team=x'],
    ['audit', 'team=x'],
    ['load-tests', 'team=x'],
  ])('that it does not know is refused by name: %s?%s', async (path, filter) => {
    const answer = await collector.get(`/api/v1/${path}?${whole}&${filter}`);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(await answer.json())).toContain(filter.split('=')[0]);
  });
});

describe('completeness', () => {
  it('accounts for spooled, dropped and missing calls of each boot', async () => {
    const report = {
      kind: 'sidecar_report',
      sidecar_id: 'sidecar-1',
      boot_id: BOOT_ID,
      booted_at: '2026-05-01T00:00:00.000000Z',
      reported_at: '2026-05-04T00:00:00.000000Z',
      version: '1',
      calls_seen: 610,
      calls_dropped: 2,
      calls_spooled: 3,
    };
    await collector.send({ id: 'report', lines: [report] });
    expect(await collector.ask(`completeness?${whole}`)).toMatchObject({
      seen: 610,
      stored: 601,
      spooled: 3,
      dropped: 2,
      missing: 4,
      sidecars: [{ boot_id: BOOT_ID, missing: 4, booted_at: '2026-05-01T00:00:00.000000Z' }],
    });
    expect(
      await collector.ask(`completeness?${rangeQuery(START + 300 * HOUR, START + 301 * HOUR)}`),
    ).toMatchObject({ seen: 0, sidecars: [] });
  });

  it('takes a boot’s last account from whoever reads its spool after its end', async () => {
    const gone = {
      kind: 'sidecar_report',
      sidecar_id: 'sidecar-1',
      boot_id: '019a0000-0000-7000-8000-0000000000b1',
      booted_at: '2026-06-01T00:00:00.000000Z',
      reported_at: '2026-06-01T01:00:00.000000Z',
      version: '1',
      calls_seen: 10,
      calls_dropped: 2,
      calls_spooled: 8,
    };
    const final = { ...gone, reported_at: '2026-06-02T00:00:00.000000Z', calls_dropped: 7, calls_spooled: 0 };
    const stored = [0, 1, 2].map((seq) =>
      callEvent(9_000 + seq, { boot_id: gone.boot_id, seq, started_at: '2026-06-01T00:30:00Z' }),
    );
    await collector.send({ id: 'next-boot.1', lines: [final] });
    await collector.send({ id: 'gone-boot.4', lines: [gone, ...stored], replay: true });
    expect(
      await collector.ask('completeness?from=2026-06-01T00:00:00Z&to=2026-06-03T00:00:00Z'),
    ).toMatchObject({
      sidecars: [{ boot_id: gone.boot_id, seen: 10, stored: 3, dropped: 7, spooled: 0, missing: 0 }],
    });
  });
});

describe('access', () => {
  it('is refused without the right token, to the query API and to ingest', async () => {
    expect((await fetch(`${collector.url}/api/v1/spend?${whole}`)).status).toBe(401);
    expect((await collector.get(`/api/v1/spend?${whole}`, { authorization: 'Bearer wrong' })).status).toBe(
      401,
    );
    expect((await collector.send({ id: 'x', lines: [], token: ADMIN_TOKEN })).status).toBe(401);
  });

  it('is given to a session that logged in here, and to no other page', async () => {
    const login = (token: string, headers: Record<string, string> = {}) =>
      fetch(`${collector.url}/api/v1/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ token }),
      });
    expect((await login('wrong')).status).toBe(401);
    expect((await login(ADMIN_TOKEN, { origin: 'http://evil.example' })).status).toBe(403);
    const granted = await login(ADMIN_TOKEN);
    const cookie = granted.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^tollgate_session=[^;]+; Path=\/; HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain(ADMIN_TOKEN);
    const session = { cookie: cookie.split(';')[0] ?? '' };
    expect((await fetch(`${collector.url}/api/v1/spend?${whole}`, { headers: session })).status).toBe(200);
    const forged = { cookie: session.cookie.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)) };
    expect((await fetch(`${collector.url}/api/v1/spend?${whole}`, { headers: forged })).status).toBe(401);
  });

  it('lets no stranger write the audit log by logging out', async () => {
    const page = `audit?from=2020-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&type=user_logout`;
    const answer = await fetch(`${collector.url}/api/v1/logout`, { method: 'POST' });
    expect(answer.status).toBe(200);
    // Asking for the head writes out what waits.
    await collector.ask('audit/head');
    expect(await collector.ask(page)).toMatchObject({ records: [] });
  });

  it('tells which headers protect a page, and no server name', async () => {
    const { headers } = await fetch(`${collector.url}/healthz`);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none';script-src 'self'/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect([headers.get('x-content-type-options'), headers.get('server')]).toEqual(['nosniff', null]);
  });
});

describe('the OpenAPI page', () => {
  it('lists the questions and loads nothing from elsewhere', async () => {
    const description = (await (await fetch(`${collector.url}/api/docs/json`)).json()) as { paths: object };
    expect(Object.keys(description.paths)).toEqual(
      expect.arrayContaining([
        '/api/v1/spend',
        '/api/v1/latency',
        '/api/v1/calls',
        '/api/v1/calls/{id}',
        '/api/v1/completeness',
      ]),
    );
    const page = await (await fetch(`${collector.url}/api/docs`)).text();
    expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});

describe('live', () => {
  it('tells a page that a call was stored', async () => {
    const controller = new AbortController();
    const stream = await fetch(`${collector.url}/api/v1/live`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      signal: controller.signal,
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const version = async (): Promise<number> =>
      Number(/"version":(\d+)/.exec((await reader?.read())?.value ?? '')?.[1]);
    const before = await version();
    await collector.send({ id: 'live', lines: [callEvent(601)] });
    expect(await version()).toBeGreaterThan(before);
    controller.abort();
  });
});
