import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@tollgate/service-kit/logger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDropCount } from './drop-count.ts';
import type { EncodedEvent } from './event-kinds.ts';
import { createSegmentQueue } from './segment-queue.ts';
import { createSpool } from './spool.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const BOOT = '01890000-0000-7000-8000-000000000000';
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tollgate-spool-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Limits {
  readonly maxBytes?: number;
  readonly memoryMaxBytes?: number;
  readonly segmentMaxBytes?: number;
}

function setUp(limits: Limits = {}, directory = join(root, BOOT)) {
  let nowMs = 0;
  const drops = createDropCount();
  const queue = createSegmentQueue();
  const spool = createSpool({
    directory,
    bootId: BOOT,
    settings: {
      maxBytes: 1_000_000,
      memoryMaxBytes: 1_000_000,
      fsync: 'never',
      fsyncIntervalMs: 1_000,
      segmentMaxMs: 60_000,
      segmentMaxBytes: 1_000_000,
      ...limits,
    },
    queue,
    clock: { nowMicros: () => 0, monotonicMs: () => nowMs },
    log,
    drops,
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { spool, queue, drops, directory, pass };
}

const call = (seq: number): EncodedEvent => ({ kind: 'llm_call', line: `{"kind":"llm_call","seq":${seq}}` });
const calls = (from: number, to: number): EncodedEvent[] =>
  Array.from({ length: to - from }, (_, index) => call(from + index));

/** What the queue holds, in order, and empties it. */
async function drain(queue: ReturnType<typeof createSegmentQueue>): Promise<number[]> {
  const seqs: number[] = [];
  for (let segment = queue.next(); segment !== null; segment = queue.next()) {
    const lines = (await segment.read()).toString('utf8').trimEnd().split('\n');
    seqs.push(...lines.map((line) => (JSON.parse(line) as { seq: number }).seq));
    queue.settle(segment);
    await segment.remove();
  }
  return seqs;
}

describe('a spool on a disk that works', () => {
  it('has an event in its file when append returns', () => {
    const { spool, directory } = setUp();
    spool.append([call(0), call(1)]);
    expect(readFileSync(join(directory, '000000000000.ndjson'), 'utf8')).toBe(
      `${call(0).line}\n${call(1).line}\n`,
    );
  });

  it('seals by size and keeps the order', async () => {
    const { spool, queue, directory } = setUp({ segmentMaxBytes: 100 });
    for (const event of calls(0, 20)) spool.append([event]);
    spool.seal();
    expect(readdirSync(directory).length).toBeGreaterThan(3);
    expect(await drain(queue)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(readdirSync(directory)).toEqual([]);
    expect([queue.bytes('disk'), queue.ownCalls()]).toEqual([0, 0]);
  });

  it('drops the newest event at its limit and counts it, and takes events again after a shipment', async () => {
    const { spool, queue, drops } = setUp({ maxBytes: 100 });
    for (const event of calls(0, 10)) spool.append([event]);
    const kept = queue.ownCalls();
    expect(kept).toBeGreaterThan(0);
    expect(drops.entries()).toEqual([{ kind: 'llm_call', reason: 'spool_full', count: 10 - kept }]);
    spool.seal();
    await drain(queue);
    spool.append([call(99)]);
    expect(queue.ownCalls()).toBe(1);
    expect(drops.calls()).toBe(10 - kept);
  });
});

describe('a spool on a disk that fails', () => {
  it('keeps events in memory and ships them in their order', async () => {
    writeFileSync(join(root, 'file'), '');
    const { spool, queue } = setUp({}, join(root, 'file', 'never'));
    for (const event of calls(0, 5)) spool.append([event]);
    expect([spool.diskWorks(), queue.bytes('disk')]).toEqual([false, 0]);
    spool.seal();
    expect(await drain(queue)).toEqual([0, 1, 2, 3, 4]);
    expect(queue.bytes('memory')).toBe(0);
  });

  it('counts what memory cannot hold', () => {
    writeFileSync(join(root, 'file'), '');
    const { spool, queue, drops } = setUp({ memoryMaxBytes: 100 }, join(root, 'file', 'never'));
    for (const event of calls(0, 10)) spool.append([event]);
    expect(drops.entries()).toEqual([
      { kind: 'llm_call', reason: 'memory_full', count: 10 - queue.ownCalls() },
    ]);
    expect(queue.ownCalls()).toBeGreaterThan(0);
  });

  it('goes back to disk when it can, however many segments wait and however full memory is', async () => {
    const blocker = join(root, 'long');
    const { spool, queue, drops, directory, pass } = setUp({ memoryMaxBytes: 100 }, join(blocker, BOOT));
    for (const event of calls(0, 3)) {
      spool.append([event]);
      spool.seal();
    }
    rmSync(blocker, { recursive: true });
    writeFileSync(blocker, '');
    for (const event of calls(3, 20)) spool.append([event]);
    const dropped = drops.calls();
    expect(dropped).toBeGreaterThan(10);
    rmSync(blocker);
    pass(2_000);
    spool.append([call(20)]);
    expect([drops.calls(), spool.diskWorks()]).toEqual([dropped, true]);
    await spool.persist();
    expect(queue.bytes('memory')).toBe(0);
    expect(readdirSync(directory).length).toBeGreaterThan(1);
  });

  it('goes back to disk when it can, and writes out what memory held', async () => {
    const blocker = join(root, 'late');
    writeFileSync(blocker, '');
    const { spool, queue, directory, pass } = setUp({}, join(blocker, BOOT));
    spool.append([call(0)]);
    spool.seal();
    rmSync(blocker);
    spool.append([call(1)]);
    expect(spool.diskWorks()).toBe(false);
    spool.seal();
    pass(1_001);
    spool.append([call(2)]);
    expect(spool.diskWorks()).toBe(true);
    await spool.persist();
    expect(queue.bytes('memory')).toBe(0);
    expect(readdirSync(directory).length).toBe(3);
    spool.seal();
    expect(await drain(queue)).toEqual([0, 1, 2]);
  });

  it.skipIf(!existsSync('/dev/full'))('survives a disk that is full', async () => {
    const directory = join(root, BOOT);
    mkdirSync(directory, { recursive: true });
    const { spool, queue } = setUp({}, directory);
    // The path of the first segment leads to a device that refuses every write.
    symlinkSync('/dev/full', join(directory, '000000000000.ndjson'));
    for (const event of calls(0, 3)) spool.append([event]);
    spool.seal();
    expect(await drain(queue)).toEqual([0, 1, 2]);
  });

  it.skipIf(process.getuid?.() === 0)('survives a directory that is not writable', async () => {
    chmodSync(root, 0o500);
    const { spool, queue } = setUp();
    spool.append([call(0)]);
    spool.seal();
    chmodSync(root, 0o700);
    expect(await drain(queue)).toEqual([0]);
  });
});
