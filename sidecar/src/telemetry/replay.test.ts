// What an earlier boot left is shipped by the next one, once, whole lines only.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@tollgate/service-kit/clock';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeCollector, type FakeCollector } from '../../../test/fakes/fake-collector.ts';
import { loadSidecarConfig } from '../config.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const DEAD = '01890000-0000-7000-8000-00000000dead';
const BOOT = '01890000-0000-7000-8000-000000000001';
const STAMP = '2026-01-31T12:00:00Z';
let directory: string;
let collector: FakeCollector;
let running: Telemetry[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tollgate-replay-'));
  collector = await createFakeCollector();
});
afterEach(async () => {
  await Promise.all(running.map((telemetry) => telemetry.stop(50)));
  running = [];
  await collector.close();
  rmSync(directory, { recursive: true, force: true });
});

function create(bootId = BOOT, collectorUrl = collector.url): Telemetry {
  const { telemetry: settings } = loadSidecarConfig({
    TOLLGATE_COLLECTOR_URL: collectorUrl,
    TOLLGATE_INGEST_TOKEN: 'token',
  });
  const telemetry = createTelemetry({
    sidecarId: 's',
    bootId,
    version: '1',
    directory,
    settings,
    clock: systemClock,
    log,
  });
  running.push(telemetry);
  return telemetry;
}

const reportLine = (seen: number): string =>
  JSON.stringify({
    kind: 'sidecar_report',
    sidecar_id: 's',
    boot_id: DEAD,
    reported_at: STAMP,
    booted_at: STAMP,
    version: '1',
    calls_seen: seen,
    calls_dropped: 0,
    calls_spooled: 0,
  });

function leave(boot: string, owner: object | null): void {
  const spool = join(directory, 'spool', boot);
  mkdirSync(spool, { recursive: true });
  if (owner !== null) writeFileSync(join(spool, 'owner.json'), JSON.stringify(owner));
  writeFileSync(join(spool, '000000000003.ndjson'), `${reportLine(1)}\n${reportLine(2)}\n`);
  writeFileSync(join(spool, '000000000004.ndjson'), `${reportLine(3)}\n{"kind":"llm_call","call_id":"01890`);
}

describe('a replay', () => {
  it('ships the segments of a dead boot without the torn line, marked, and clears the directory', async () => {
    leave(DEAD, { pid: 999_999_999, host: hostname(), startTicks: '1' });
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.batches.filter(({ replay }) => replay).length === 2);
    const replayed = collector.batches.filter(({ replay }) => replay);
    expect(replayed.map(({ id }) => id)).toEqual([`${DEAD}.3`, `${DEAD}.4`]);
    expect(replayed.map(({ bytes }) => bytes.toString())).toEqual([
      `${reportLine(1)}\n${reportLine(2)}\n`,
      `${reportLine(3)}\n`,
    ]);
    expect(replayed.every(({ authorization }) => authorization === 'Bearer token')).toBe(true);
    await telemetry.stop(500);
    expect(readdirSync(join(directory, 'spool'))).toEqual([]);
  });

  it('leaves a boot alone whose process lives', async () => {
    const neighbour = create(DEAD);
    await neighbour.start();
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.reports().some(({ boot_id }) => boot_id === BOOT));
    expect(readdirSync(join(directory, 'spool')).sort()).toEqual([BOOT, DEAD]);
    expect(collector.batches.some(({ replay }) => replay)).toBe(false);
  });

  it('ships after a stop what could not be shipped before it, with the same ids and bytes', async () => {
    collector.behave(503);
    const first = create(DEAD);
    await first.start();
    await first.stop(100);
    running = [];
    const refused = collector.attempts.find(({ id }) => id.startsWith(DEAD));
    collector.behave(null);
    await create().start();
    await collector.until(() => collector.batches.some(({ id }) => id === refused?.id));
    const stored = collector.batches.find(({ id }) => id === refused?.id);
    expect(stored?.bytes.equals(refused?.bytes ?? Buffer.alloc(0))).toBe(true);
    expect(stored?.replay).toBe(true);
  });
});

describe('a shipment', () => {
  it('is repeated byte for byte until it is stored', async () => {
    collector.behave(500);
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.attempts.length >= 3);
    expect(telemetry.shipper.trouble()).toBe('collector answered 500');
    collector.behave(null);
    await collector.until(() => collector.batches.length > 0);
    const [first] = collector.attempts;
    const same = collector.attempts.filter(({ id }) => id === first?.id);
    expect(same.length).toBeGreaterThanOrEqual(4);
    expect(same.every(({ bytes }) => bytes.equals(first?.bytes ?? Buffer.alloc(0)))).toBe(true);
  });

  it('that can never be stored is set aside, counted, and blocks nothing', async () => {
    collector.behave(422);
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.attempts.length === 1);
    collector.behave(null);
    telemetry.recorder.record({ ...JSON.parse(reportLine(9)), kind: 'sidecar_report' });
    await collector.until(() => collector.reports().some(({ calls_seen }) => calls_seen === 9));
    expect(readdirSync(join(directory, 'quarantine'))).toEqual([`${BOOT}.0.ndjson`]);
    expect(telemetry.drops.entries()).toContainEqual({
      kind: 'sidecar_report',
      reason: 'quarantined',
      count: 1,
    });
  });

  it.each([
    { status: 200, page: '<html>Be right back</html>' },
    { status: 200, page: '{"batch_id":"another","accepted":1,"rejected":[]}' },
    { status: 413, page: '<html>Request Entity Too Large</html>' },
  ])('is kept where something answers that is no collector: %o', async (answer) => {
    collector.behave(answer);
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.attempts.length >= 2);
    expect(telemetry.shipper.trouble()).toMatch(`collector answered ${answer.status}`);
    collector.behave(null);
    await collector.until(() => collector.reports().length > 0);
    expect(telemetry.drops.entries()).toEqual([]);
  });

  it('whose file is gone is counted, and one that cannot be read for now is passed over', async () => {
    collector.behave(500);
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.attempts.length === 1);
    const record = (seen: number) =>
      telemetry.recorder.record({ ...JSON.parse(reportLine(seen)), kind: 'sidecar_report' });
    const spool = join(directory, 'spool', BOOT);
    const fileOf = (number: number) => join(spool, `${String(number).padStart(12, '0')}.ndjson`);
    const isThere = async (number: number) => {
      while (!existsSync(fileOf(number))) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    for (const seen of [21, 22, 23]) {
      record(seen);
      await isThere(seen - 20);
      telemetry.spool.seal();
    }
    rmSync(fileOf(1));
    renameSync(fileOf(2), join(directory, 'kept'));
    mkdirSync(fileOf(2));
    collector.behave(null);
    await collector.until(() => collector.reports().some(({ calls_seen }) => calls_seen === 23));
    rmdirSync(fileOf(2));
    renameSync(join(directory, 'kept'), fileOf(2));
    await collector.until(() => collector.reports().some(({ calls_seen }) => calls_seen === 22));
    expect(collector.reports().some(({ calls_seen }) => calls_seen === 21)).toBe(false);
    expect(telemetry.drops.entries()).toEqual([{ kind: 'sidecar_report', reason: 'unreadable', count: 1 }]);
  });

  it('of an earlier boot that is refused for good is no drop of this boot', async () => {
    const callLine = JSON.stringify({ kind: 'llm_call', call_id: 'x' });
    leave(DEAD, { pid: 999_999_999, host: hostname(), startTicks: '1' });
    writeFileSync(join(directory, 'spool', DEAD, '000000000005.ndjson'), `${callLine}\n`);
    collector.behave(422);
    const telemetry = create();
    await telemetry.start();
    const refused = { kind: 'llm_call', reason: 'quarantined', count: 1 };
    await expect.poll(() => telemetry.drops.entries()).toContainEqual(refused);
    expect(telemetry.drops.calls()).toBe(0);
  });

  it('waits for a token or an address to be mended', async () => {
    collector.behave(401);
    const telemetry = create();
    await telemetry.start();
    await collector.until(() => collector.attempts.length >= 2);
    collector.behave(null);
    await collector.until(() => collector.batches.length > 0);
    expect(telemetry.drops.entries()).toEqual([]);
  });
});
