// Whatever happens to telemetry, clients get their answers, and afterwards every call is stored or counted as dropped.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createClock } from '@tollgate/service-kit/clock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/fakes/scripted-upstream.ts';
import { startTestSidecar, type TestSidecar } from '../../../test/fakes/test-sidecar.ts';

const CALLS = 60;
let upstream: ScriptedUpstream;
let collector: FakeCollector;
let sidecar: TestSidecar;
const directories: string[] = [];

beforeAll(async () => {
  upstream = await createScriptedUpstream({
    '/v1/embeddings': { steps: [{ chunk: '{"model":"e","usage":{"prompt_tokens":2,"total_tokens":2}}' }] },
  });
});
afterAll(() => upstream.close());
afterEach(async () => {
  await sidecar.stop();
  await collector.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function start(options: { dataDir?: string; telemetry?: object; clock?: Clock } = {}): Promise<void> {
  collector = await createFakeCollector();
  const { dataDir, telemetry = {}, clock } = options;
  sidecar = await startTestSidecar({
    collectorUrl: collector.url,
    upstreamUrl: upstream.url,
    config: { telemetry },
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(clock === undefined ? {} : { clock }),
  });
}

/** Statuses of many calls, 10 at once. */
async function callMany(count = CALLS): Promise<number[]> {
  const statuses: number[] = [];
  const work = async (): Promise<void> => {
    while (statuses.length < count) {
      statuses.push(0);
      const slot = statuses.length - 1;
      const answer = await fetch(`${sidecar.url}/v1/embeddings`, {
        method: 'POST',
        body: '{"model":"e","input":"x"}',
      });
      await answer.text();
      statuses[slot] = answer.status;
    }
  };
  await Promise.all(Array.from({ length: 10 }, work));
  return statuses;
}

const allOk = (statuses: readonly number[]): boolean => statuses.every((status) => status === 200);
const lastReport = () => collector.reports().at(-1);

/** Resolves once the collector's count and the sidecar's own account agree; checks that the numbers are gap-free. */
async function complete(dropped: (count: number) => boolean): Promise<void> {
  await collector.until(() => {
    const report = lastReport();
    return report?.calls_seen === CALLS && report.calls_spooled === 0;
  });
  const report = lastReport();
  const seqs = collector.calls().map(({ seq }) => seq);
  expect(new Set(seqs).size).toBe(seqs.length);
  expect(seqs.length + (report?.calls_dropped ?? 0)).toBe(CALLS);
  expect(dropped(report?.calls_dropped ?? -1)).toBe(true);
}

describe('clients get their answers and the books balance', () => {
  it('when all is well, with numbers from 0 without a gap', async () => {
    await start();
    expect(allOk(await callMany())).toBe(true);
    await complete((count) => count === 0);
    expect(
      collector
        .calls()
        .map(({ seq }) => seq)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: CALLS }, (_, seq) => seq));
  });

  it.each([
    ['refuses with 503', 503],
    ['never answers', 'hang'],
    ['drops connections', 'drop'],
  ] as const)('while the collector %s', async (_title, behaviour) => {
    await start();
    collector.behave(behaviour);
    expect(allOk(await callMany())).toBe(true);
    const ready = await fetch(`${sidecar.adminUrl}/readyz`);
    expect(ready.status).toBe(200);
    if (behaviour === 'hang') return;
    collector.behave(null);
    await complete((count) => count === 0);
  });

  it('while the spool is full', async () => {
    await start({ telemetry: { spool: { maxBytes: 20_000 } } });
    collector.behave(503);
    expect(allOk(await callMany())).toBe(true);
    const metrics = await (await fetch(`${sidecar.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/tollgate_events_dropped_total\{kind="llm_call",reason="spool_full"\} [1-9]/);
    collector.behave(null);
    await complete((count) => count > 0);
  });

  it('while the spool directory cannot be made', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-broken-'));
    directories.push(dataDir);
    mkdirSync(join(dataDir, 'sidecar'));
    writeFileSync(join(dataDir, 'sidecar', 'spool'), 'a file where the directory should be');
    await start({ dataDir });
    expect(allOk(await callMany())).toBe(true);
    await complete((count) => count === 0);
    const ready = (await (await fetch(`${sidecar.adminUrl}/readyz`)).json()) as {
      status: string;
      degraded: string[];
    };
    expect(ready.status).toBe('ready');
    expect(ready.degraded.join()).toContain('spool');
  });

  it.each([
    ['forward by a day', 86_400_000],
    ['back by an hour', -3_600_000],
  ])('when the clock is set %s', async (_title, jumpMs) => {
    let offsetMs = 0;
    await start({
      clock: createClock({
        wallMs: () => Date.now() + offsetMs,
        monotonicMs: () => performance.now(),
      }),
    });
    expect(allOk(await callMany(CALLS / 2))).toBe(true);
    await collector.until(() => lastReport()?.calls_seen === CALLS / 2);
    offsetMs = jumpMs;
    expect(allOk(await callMany(CALLS / 2))).toBe(true);
    await complete((count) => count === 0);
    const jumped = collector
      .calls()
      .filter(({ started_at }) => Math.abs(Date.parse(started_at) - Date.now()) > 1e6);
    expect(jumped).toHaveLength(CALLS / 2);
    expect(collector.calls().every(({ duration_ms }) => duration_ms >= 0 && duration_ms < 60_000)).toBe(true);
    const times = collector.reports().map(({ reported_at }) => Date.parse(reported_at));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});
