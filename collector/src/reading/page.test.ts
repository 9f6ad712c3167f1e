// Pages of every list on a real store: each entry once, though many stand in the same microsecond.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { LoadTestRun } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, callEvent, startTestCollector, type TestCollector } from '../collector-test-kit.ts';

const recorded = LoadTestRun.parse(
  JSON.parse(readFileSync(new URL('../load-tests/load-test-run.fixture.json', import.meta.url), 'utf8')),
);
const AT = '2026-05-01T12:00:00.000001Z';
const LATER = '2026-05-01T12:00:00.000002Z';
const RANGE = 'from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z';
const CALL_ID = randomUUID();
/** Six at one time and one after, which must come first. */
const ids = Array.from({ length: 7 }, () => randomUUID());
const timeOf = (index: number): string => (index === 6 ? LATER : AT);

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector({ retention: { callsDays: 36_500 } });
  const lines = ids.flatMap((id, seq) => [
    callEvent(seq, { call_id: id, started_at: timeOf(seq) }),
    findingEvent(id, timeOf(seq)),
  ]);
  expect(await (await collector.send({ id: 'lists', lines })).json()).toMatchObject({ accepted: 14 });
  for (const [index, id] of ids.entries()) {
    const run = { ...recorded, id, started_at: timeOf(index), ended_at: '2026-05-01T12:01:00Z' };
    const answer = await fetch(`${collector.url}/api/v1/load-tests`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(run),
    });
    expect(answer.status).toBe(201);
  }
});
afterAll(() => collector.stop());

function findingEvent(finding_id: string, occurred_at: string): Record<string, unknown> {
  return {
    kind: 'filter_finding',
    finding_id,
    call_id: CALL_ID,
    occurred_at,
    sidecar_id: 'sidecar-1',
    direction: 'request',
    category: 'personal_info',
    pattern: 'email',
    severity: 'low',
    action: 'flagged',
    match_start: 0,
    match_length: 3,
    match_digest: 'd',
  };
}

describe.each([
  ['calls', 'calls', 'call_id', ''],
  ['findings', 'findings', 'finding_id', `&call_id=${CALL_ID}`],
  ['load-tests', 'runs', 'id', ''],
])('the list of %s', (path, entries, id, filter) => {
  type Answer = { readonly next: string | null } & Readonly<Record<string, Record<string, unknown>[]>>;
  const page = async (
    limit: number,
    cursor: string | null,
  ): Promise<{ found: unknown[]; next: string | null }> => {
    const rest = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = (await collector.ask(`${path}?${RANGE}${filter}&limit=${limit}${rest}`)) as Answer;
    return { found: (answer[entries] ?? []).map((entry) => entry[id]), next: answer.next };
  };

  it.each([1, 2, 3, 6])('shows each entry once in pages of %i, the newest first', async (limit) => {
    const seen: unknown[] = [];
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor !== null; pages += 1) {
      const { found, next } = await page(limit, cursor);
      seen.push(...found);
      cursor = next;
    }
    expect(seen[0]).toBe(ids[6]);
    expect([...seen].sort()).toEqual([...ids].sort());
  });

  it('ends where there is no more', async () => {
    expect(await page(7, null)).toMatchObject({ found: { length: 7 }, next: null });
  });
});
