// A sidecar of several workers, as its users start it: calls spread, sums add up, and the death of a worker loses nothing.
import { setTimeout as delay } from 'node:timers/promises';
import type { LlmCall } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendants } from '../chaos/process-tree.ts';
import { startSteadyLoad } from '../chaos/steady-load.ts';
import { createFakeCollector, type FakeCollector } from '../fakes/fake-collector.ts';
import { createMeteredUpstream, type MeteredUpstream } from '../fakes/metered-upstream.ts';
import { openRaw } from '../fakes/raw-http.ts';
import { type RunningSidecar, startSidecarProcess } from './running-sidecar.ts';
import { eventually } from './running-stack.ts';

const WORKERS = 3;
const SETTLE_MS = 30_000;

let upstream: MeteredUpstream;
let collector: FakeCollector;
let sidecar: RunningSidecar;

beforeAll(async () => {
  upstream = await createMeteredUpstream();
  collector = await createFakeCollector();
  sidecar = await startSidecarProcess({
    collectorUrl: collector.url,
    upstreamUrl: upstream.url,
    args: ['--workers', String(WORKERS)],
  });
});
afterAll(async () => {
  await sidecar?.stop();
  await Promise.all([upstream.close(), collector.close()]);
});

const workerPids = (): number[] => descendants(sidecar.process.pid ?? -1, 'worker-main.ts');
const callsOf = (team: string): LlmCall[] => collector.calls().filter((call) => call.team === team);

/** One call on a connection of its own. */
async function callOnce(team: string): Promise<string> {
  const raw = await openRaw(Number(new URL(sidecar.url).port));
  const body = '{"model":"model-a","messages":[{"role":"user","content":"hello"}]}';
  raw.send(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nx-tollgate-team: ${team}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
  return await raw.closed();
}

/** The value of the one series of a metric. */
async function metric(name: string): Promise<number> {
  const line = (await sidecar.metrics()).split('\n').find((text) => text.startsWith(name));
  return Number(line?.slice(line.lastIndexOf(' ') + 1));
}

/** By boot, the numbers of its stored calls. */
function seqsByBoot(): Map<string, number[]> {
  const boots = new Map<string, number[]>();
  for (const { boot_id, seq } of collector.calls()) boots.set(boot_id, [...(boots.get(boot_id) ?? []), seq]);
  return boots;
}

async function expectWholeLedger(): Promise<void> {
  await collector.until(() => {
    const last = new Map(collector.reports().map((report) => [report.boot_id, report]));
    const seqs = seqsByBoot();
    return [...seqs].every(([boot, stored]) => {
      const report = last.get(boot);
      return Math.max(report?.calls_seen ?? 0, ...stored.map((seq) => seq + 1)) === stored.length;
    });
  }, SETTLE_MS);
  for (const [boot, seqs] of seqsByBoot()) {
    expect(
      seqs.toSorted((a, b) => a - b),
      boot,
    ).toEqual(seqs.map((_, index) => index));
  }
}

describe('several workers', () => {
  it('share one port, one collector and one page of metrics', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => callOnce('spread')));
    expect(answers.every((answer) => answer.startsWith('HTTP/1.1 200'))).toBe(true);
    await collector.until(() => callsOf('spread').length === 60);
    const boots = seqsByBoot();
    expect(boots.size).toBe(WORKERS);
    for (const seqs of boots.values()) expect(seqs.length).toBeGreaterThan(10);
    expect(new Set(callsOf('spread').map(({ sidecar_id }) => sidecar_id)).size).toBe(1);

    expect(await metric('tollgate_calls_seen_total')).toBe(60);
    expect(await metric('llm_request_total{')).toBe(60);
    expect(await metric('llm_request_latency_seconds_count{')).toBe(60);
    expect(await metric('tollgate_build_info{')).toBe(1);
    expect(await metric('tollgate_spool_limit_bytes')).toBeGreaterThan(1024 ** 3 - WORKERS);
    const page = await sidecar.metrics();
    expect(page.match(/^process_cpu_seconds_total\{worker="\w+"\}/gm)).toHaveLength(WORKERS + 1);
    expect(page.match(/^# TYPE process_cpu_seconds_total /gm)).toHaveLength(1);
  });

  it('are ready together, and name the one that is missing', async () => {
    const [victim = -1] = workerPids();
    process.kill(victim, 'SIGKILL');
    const ready = async () =>
      (await (await fetch(`${sidecar.adminUrl}/readyz`)).json()) as { status: string; degraded: string[] };
    const missing = await eventually(ready, ({ degraded }) => degraded.length > 0, SETTLE_MS);
    expect(missing.status).toBe('ready');
    expect(missing.degraded.join()).toMatch(/worker \d does not serve/);
    await eventually(ready, ({ degraded }) => degraded.length === 0, SETTLE_MS);
    expect(workerPids()).toHaveLength(WORKERS);
    expect((await fetch(`${sidecar.adminUrl}/healthz`)).status).toBe(200);
  });

  it('lose nothing that was answered when one is killed under load, and no counter falls', async () => {
    const load = startSteadyLoad({ sidecar: sidecar.url, atOnce: 6, pauseMs: 5, team: 'killed' });
    let seen = await metric('tollgate_calls_seen_total');
    for (let kill = 0; kill < 4; kill += 1) {
      await delay(500);
      const pids = workerPids();
      process.kill(pids[kill % pids.length] ?? -1, 'SIGKILL');
      await eventually(
        async () => workerPids().length,
        (count) => count === WORKERS,
        SETTLE_MS,
      );
      const now = await metric('tollgate_calls_seen_total');
      expect(now).toBeGreaterThanOrEqual(seen);
      seen = now;
    }
    await delay(500);
    await load.stop();
    // Only calls that a killed worker had in its hands may fail: at most all that ran at each kill.
    expect(load.failures.length).toBeLessThanOrEqual(4 * 6);
    expect(load.answered.size).toBeGreaterThan(100);
    await collector.until(() => {
      const stored = new Set(callsOf('killed').map(({ call_id }) => call_id));
      return [...load.answered].every((id) => stored.has(id));
    }, SETTLE_MS);
    expect(new Set(callsOf('killed').map(({ call_id }) => call_id)).size).toBe(callsOf('killed').length);
    await expectWholeLedger();
  });

  it('finish open answers after SIGTERM, ship what they hold, and exit 0', async () => {
    const answer = await fetch(`${sidecar.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tollgate-team': 'draining' },
      body: JSON.stringify({
        model: 'model-a',
        stream: true,
        messages: [{ role: 'user', content: 'slowly' }],
      }),
    });
    const stopped = sidecar.stop();
    const text = await answer.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await stopped).toBe(0);
    expect(callsOf('draining')).toHaveLength(1);
    expect(callsOf('draining')[0]).toMatchObject({ outcome: 'ok' });
    await expectWholeLedger();
  });
});
