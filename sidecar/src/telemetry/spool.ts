// Where events are kept until the collector has them: in segments on disk, in memory while the disk fails, both bounded.
// Never throws into the data path; what cannot be kept is counted. Costs the data path one write a batch of events.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { TelemetrySettings } from '../config.ts';
import type { DropCount, DropReason } from './drop-count.ts';
import { addCounts, type EncodedEvent, type KindCounts } from './event-kinds.ts';
import { createSealedSegment } from './sealed-segment.ts';
import type { SegmentQueue } from './segment-queue.ts';
import { type OpenSegment, openSegment } from './spool-segment.ts';

const DISK_RETRY_MS = 1_000;

export interface SpoolOptions {
  /** `<dataDir>/sidecar/spool/<boot>`. */
  readonly directory: string;
  readonly bootId: string;
  readonly settings: TelemetrySettings['spool'];
  readonly queue: SegmentQueue;
  readonly clock: Clock;
  readonly log: Logger;
  readonly drops: DropCount;
}

export interface Spool {
  /** Keeps the events, on disk if it can be had; when it returns they survive the death of this process. Never throws. */
  readonly append: (events: readonly EncodedEvent[]) => void;
  /** Closes the open segment, so that what it holds can be shipped. */
  readonly seal: () => void;
  /** Writes what is held in memory to disk, if that works again. */
  readonly persist: () => Promise<void>;
  /** Told the sealed segment's file; null for one in memory. */
  readonly onSealed: (listener: (path: string | null) => void) => void;
  /** The file that grows now; null between segments and while the disk fails. */
  readonly openPath: () => string | null;
  readonly diskWorks: () => boolean;
}

/** What is being filled: a file, or memory while the disk fails. */
interface Filling {
  readonly number: number;
  readonly file: OpenSegment | null;
  readonly memory: Buffer[];
  readonly counts: KindCounts;
  bytes: number;
}

export function createSpool({ directory, bootId, settings, queue, clock, log, drops }: SpoolOptions): Spool {
  const listeners: ((path: string | null) => void)[] = [];
  let filling: Filling | null = null;
  let sealTimer: NodeJS.Timeout | null = null;
  let nextNumber = 0;
  let diskFailedAtMs: number | null = null;

  const diskFailed = (error: unknown): void => {
    if (diskFailedAtMs === null) log.error({ exception: error, directory }, 'spool.disk_failed');
    diskFailedAtMs = clock.monotonicMs();
  };

  const persist = (): Promise<void> =>
    queue
      .persist(({ id }) => segmentPath(directory, Number(id.slice(id.lastIndexOf('.') + 1))))
      .catch(diskFailed);

  /** A file for the next segment, or null while the disk fails; a failed disk is tried again once a second. */
  const openFile = (): OpenSegment | null => {
    if (diskFailedAtMs !== null && clock.monotonicMs() - diskFailedAtMs < DISK_RETRY_MS) return null;
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      return openSegment(segmentPath(directory, nextNumber));
    } catch (error) {
      diskFailed(error);
      return null;
    }
  };

  const startFilling = (file: OpenSegment | null): Filling => {
    filling = { number: nextNumber++, file, memory: [], bytes: 0, counts: {} };
    sealTimer = setTimeout(sealWhenDue, settings.segmentMaxMs);
    sealTimer.unref();
    return filling;
  };

  /** While segments queue up, the open one grows instead: a long outage must not leave thousands of small files. */
  const sealWhenDue = (): void => {
    if (queue.freshLength() < 2) seal();
    else if (filling !== null) sealTimer?.refresh();
  };

  const seal = (): void => {
    if (filling === null) return;
    const { number, file, memory, bytes, counts } = filling;
    filling = null;
    if (sealTimer !== null) clearTimeout(sealTimer);
    try {
      file?.close();
    } catch (error) {
      diskFailed(error);
    }
    if (bytes === 0) {
      if (file !== null) removeEmpty(file.path);
      return;
    }
    const source = file === null ? { content: Buffer.concat(memory) } : { path: file.path };
    queue.push(createSealedSegment({ id: `${bootId}.${number}`, replay: false, counts, bytes, source }));
    for (const listener of listeners) listener(file?.path ?? null);
  };

  const writeToDisk = (file: OpenSegment, lines: Buffer): boolean => {
    try {
      file.append(lines);
      if (settings.fsync === 'always') file.syncNow();
    } catch (error) {
      diskFailed(error);
      return false;
    }
    if (diskFailedAtMs !== null) {
      diskFailedAtMs = null;
      log.info({ directory }, 'spool.disk_recovered');
      void persist();
    }
    return true;
  };

  /** The place the lines were put in, or why they were not. */
  const put = (lines: Buffer): Filling | DropReason => {
    let open = filling ?? startFilling(openFile());
    if (open.file === null) {
      // What fills memory gives way as soon as the disk can be had, however long the queue is.
      const file = openFile();
      if (file !== null) {
        seal();
        open = startFilling(file);
      }
    }
    if (open.file !== null) {
      if (queue.bytes('disk') + lines.length > settings.maxBytes) return 'spool_full';
      if (writeToDisk(open.file, lines)) return open;
      seal();
      open = startFilling(null);
    }
    if (queue.bytes('memory') + lines.length > settings.memoryMaxBytes) return 'memory_full';
    open.memory.push(lines);
    return open;
  };

  const keep = (lines: Buffer, counts: KindCounts): void => {
    const open = put(lines);
    if (typeof open === 'string') {
      drops.add(open, counts);
      return;
    }
    open.bytes += lines.length;
    addCounts(open.counts, counts);
    queue.weigh(open.file === null ? 'memory' : 'disk', lines.length, counts);
    if (open.bytes >= settings.segmentMaxBytes) seal();
  };

  return {
    append: (events) => {
      if (events.length > 0) keep(...encodeLines(events));
    },
    seal,
    persist,
    onSealed: (listener) => void listeners.push(listener),
    openPath: () => filling?.file?.path ?? null,
    diskWorks: () => diskFailedAtMs === null,
  };
}

function removeEmpty(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It holds nothing; a replay passes over it.
  }
}

function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(12, '0')}.ndjson`);
}

function encodeLines(events: readonly EncodedEvent[]): [Buffer, KindCounts] {
  const counts: KindCounts = {};
  let text = '';
  for (const { kind, line } of events) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    text += `${line}\n`;
  }
  return [Buffer.from(text, 'utf8'), counts];
}
