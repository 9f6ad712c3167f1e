// Finds what earlier boots left in the spool and queues it. A boot whose process still lives, a worker beside us or another
// sidecar on the same directory, is left alone; two finders never take the same one, since taking is a rename.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@tollgate/service-kit/logger';
import { countLines } from './event-kinds.ts';
import { isMissing } from './missing-file.ts';
import { createSealedSegment } from './sealed-segment.ts';
import type { SegmentQueue } from './segment-queue.ts';

const OWNER_FILE = 'owner.json';
const SCAN_INTERVAL_MS = 15_000;
const HEARTBEAT_MS = 10_000;
/** An owner on another host, whose process we cannot look at, is taken for dead after this long without a heartbeat. */
const FOREIGN_DEAD_MS = 60_000;
const OWNERLESS_DEAD_MS = 10_000;
const SEGMENT_FILE = /^(\d{12})\.ndjson$/;
/** `<boot>` or, once taken, `<boot>~<owner>`. */
const BOOT_DIRECTORY = /^([0-9a-f-]{36})(?:~([0-9a-f-]{36}))?$/;

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the kernel's ticks: tells a reused process id from the same process. */
  readonly startTicks: string;
}

const RELEASED: Owner = { pid: 0, host: '', startTicks: '' };

export interface SpoolReplayOptions {
  /** `<dataDir>/sidecar/spool`. */
  readonly root: string;
  readonly bootId: string;
  readonly queue: SegmentQueue;
  readonly log: Logger;
  readonly onAdopted: () => void;
}

export interface SpoolReplay {
  /** Marks our own directory as alive, and looks for leftovers now and every 15 s. */
  readonly start: () => Promise<void>;
  /** Removes what is empty. */
  readonly stop: () => Promise<void>;
}

export function createSpoolReplay({ root, bootId, queue, log, onAdopted }: SpoolReplayOptions): SpoolReplay {
  const ownDirectory = join(root, bootId);
  const ownerFile = join(ownDirectory, OWNER_FILE);
  let scanTimer: NodeJS.Timeout | null = null;
  let heartbeat: NodeJS.Timeout | null = null;
  const adoptedDirectories = new Set<string>();

  const claim = async (): Promise<void> => {
    await mkdir(ownDirectory, { recursive: true, mode: 0o700 });
    const owner: Owner = { pid: process.pid, host: hostname(), startTicks: startTicks(process.pid) };
    writeFileSync(ownerFile, JSON.stringify(owner), { mode: 0o600 });
  };

  const adoptDirectory = async (name: string, deadBoot: string): Promise<void> => {
    const taken = join(root, `${deadBoot}~${bootId}`);
    await rename(join(root, name), taken);
    adoptedDirectories.add(taken);
    await rm(join(taken, OWNER_FILE), { force: true });
    let events = 0;
    for (const file of (await readdir(taken)).sort()) {
      const match = SEGMENT_FILE.exec(file);
      if (match === null) continue;
      const path = join(taken, file);
      const content = await readFile(path);
      const bytes = content.lastIndexOf(0x0a) + 1;
      if (bytes === 0) {
        await rm(path);
        continue;
      }
      const counts = countLines(content.subarray(0, bytes));
      const id = `${deadBoot}.${Number(match[1])}`;
      queue.adopt(createSealedSegment({ id, replay: true, counts, bytes, source: { path } }));
      events += Object.values(counts).reduce((sum, count) => sum + count, 0);
    }
    log.info({ bootId: deadBoot, events }, 'spool.replayed');
    onAdopted();
  };

  const scan = async (): Promise<void> => {
    for (const name of await readdir(root)) {
      const match = BOOT_DIRECTORY.exec(name);
      const [, boot = '', owner = boot] = match ?? [];
      if (match === null || owner === bootId || (await isAlive(join(root, owner)))) continue;
      await adoptDirectory(name, boot).catch((error: unknown) => {
        // Another sidecar was quicker.
        if (!isMissing(error)) log.warn({ directory: name, exception: error }, 'spool.replay_failed');
      });
    }
    for (const directory of adoptedDirectories) {
      if (await removeEmpty(directory)) adoptedDirectories.delete(directory);
    }
  };

  const guarded = (work: () => Promise<void>) => (): void => {
    work().catch((error: unknown) => {
      if (!isMissing(error)) log.warn({ exception: error }, 'spool.scan_failed');
    });
  };

  return {
    start: async () => {
      await claim().catch((error: unknown) => log.warn({ exception: error }, 'spool.claim_failed'));
      scanTimer = setInterval(guarded(scan), SCAN_INTERVAL_MS);
      heartbeat = setInterval(
        guarded(() => utimes(ownerFile, new Date(), new Date())),
        HEARTBEAT_MS,
      );
      scanTimer.unref();
      heartbeat.unref();
      guarded(scan)();
    },
    stop: async () => {
      if (scanTimer !== null) clearInterval(scanTimer);
      if (heartbeat !== null) clearInterval(heartbeat);
      for (const directory of adoptedDirectories) await removeEmpty(directory);
      await releaseOwn(ownDirectory);
    },
  };
}

/** A directory that still holds segments is released, so that the next boot need not wonder whether its owner lives. */
async function releaseOwn(directory: string): Promise<void> {
  try {
    const files = await readdir(directory);
    if (files.every((file) => file === OWNER_FILE)) await rm(directory, { recursive: true });
    else writeFileSync(join(directory, OWNER_FILE), JSON.stringify(RELEASED), { mode: 0o600 });
  } catch {
    // Never made, or not ours to write to: nothing waits in it.
  }
}

async function removeEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    return isMissing(error);
  }
}

/** Whether the boot whose directory this is still runs. */
async function isAlive(directory: string): Promise<boolean> {
  const file = join(directory, OWNER_FILE);
  try {
    const owner = JSON.parse(await readFile(file, 'utf8')) as Owner;
    if (owner.pid === RELEASED.pid) return false;
    if (owner.host === hostname()) return startTicks(owner.pid) === owner.startTicks && isRunning(owner.pid);
    return Date.now() - (await stat(file)).mtimeMs < FOREIGN_DEAD_MS;
  } catch {
    return await isYoung(directory);
  }
}

/** A directory without a readable owner may be just being made. */
async function isYoung(directory: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(directory)).mtimeMs < OWNERLESS_DEAD_MS;
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat; empty where there is no such process, or no /proc. */
function startTicks(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
