// The fsync policy `interval`: once a second, what was written since and is still here goes to the platter, off the data path.
// A segment that was shipped within the interval is never synced: the collector has it.
import { open } from 'node:fs/promises';
import type { Logger } from '@tollgate/service-kit/logger';

export interface SpoolSyncOptions {
  readonly intervalMs: number;
  /** The file that grows now, if any. */
  readonly openPath: () => string | null;
  readonly log: Logger;
}

export interface SpoolSync {
  /** A segment was sealed that was not synced since its last write. */
  readonly note: (path: string) => void;
  readonly start: () => void;
  readonly stop: () => void;
}

export function createSpoolSync({ intervalMs, openPath, log }: SpoolSyncOptions): SpoolSync {
  const unsynced = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let running = false;
  let troubled = false;

  const syncAll = async (): Promise<void> => {
    const paths = new Set(unsynced);
    unsynced.clear();
    const growing = openPath();
    if (growing !== null) paths.add(growing);
    for (const path of paths) await syncFile(path);
  };

  const tick = (): void => {
    if (running) return;
    running = true;
    syncAll()
      .then(() => {
        troubled = false;
      })
      .catch((error: unknown) => {
        if (!troubled) log.warn({ exception: error }, 'spool.sync_failed');
        troubled = true;
      })
      .finally(() => {
        running = false;
      });
  };

  return {
    note: (path) => void unsynced.add(path),
    start: () => {
      timer = setInterval(tick, intervalMs);
      timer.unref();
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
    },
  };
}

async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // Shipped and removed meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
