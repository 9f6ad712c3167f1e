// Load tests handed in and read back through a real collector.
import { readFileSync } from 'node:fs';
import { LoadTestRun } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, startTestCollector, type TestCollector } from '../collector-test-kit.ts';

const recorded = LoadTestRun.parse(
  JSON.parse(readFileSync(new URL('./load-test-run.fixture.json', import.meta.url), 'utf8')),
);
const runAt = (second: number, changes: Partial<LoadTestRun> = {}): LoadTestRun => ({
  ...recorded,
  id: `019a0000-0000-7000-8000-00000000000${second}`,
  started_at: `2026-05-01T12:00:0${second}.000001Z`,
  ended_at: `2026-05-01T12:01:0${second}Z`,
  ...changes,
});
const RANGE = 'from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z';

let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector();
});
afterAll(() => collector.stop());

function hand(run: unknown, token = ADMIN_TOKEN): Promise<Response> {
  return fetch(`${collector.url}/api/v1/load-tests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(run),
  });
}

describe('load tests', () => {
  it('are stored once however often they are handed in, and read back whole', async () => {
    const run = runAt(1);
    for (let time = 0; time < 2; time += 1) expect((await hand(run)).status).toBe(201);
    expect(await collector.ask(`load-tests?${RANGE}`)).toMatchObject({ runs: [{ id: run.id }], next: null });
    expect(await collector.ask(`load-tests/${run.id}`)).toEqual(run);
  });

  it('are listed newest first, by page and by verdict', async () => {
    await hand(runAt(2, { verdict: 'FAIL' }));
    await hand(runAt(3));
    const first = (await collector.ask(`load-tests?${RANGE}&limit=2`)) as {
      runs: { id: string }[];
      next: string;
    };
    expect(first.runs.map(({ id }) => id.at(-1))).toEqual(['3', '2']);
    const second = await collector.ask(
      `load-tests?${RANGE}&limit=2&cursor=${encodeURIComponent(first.next)}`,
    );
    expect(second).toMatchObject({
      runs: [{ id: runAt(1).id, ttft_p99_ms: recorded.ttft_ms.p99 }],
      next: null,
    });
    expect(await collector.ask(`load-tests?${RANGE}&verdict=FAIL`)).toMatchObject({
      runs: [{ verdict: 'FAIL' }],
    });
  });

  it('are refused when they are no report, or from somebody who may not', async () => {
    expect((await hand({ ...runAt(4), verdict: 'MAYBE' })).status).toBe(400);
    expect((await hand(runAt(4), 'somebody')).status).toBe(401);
    expect((await collector.get('/api/v1/load-tests/019a0000-0000-7000-8000-0000000000ff')).status).toBe(404);
  });
});
