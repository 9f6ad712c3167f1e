// A sealed segment: its bytes never change, so every attempt to ship it sends the same. On disk, or in memory while the disk fails.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KindCounts } from './event-kinds.ts';

export interface SealedSegment {
  /** The batch id: `<boot>.<number>`. */
  readonly id: string;
  /** Left by an earlier boot. */
  readonly replay: boolean;
  readonly bytes: number;
  readonly counts: KindCounts;
  readonly onDisk: () => boolean;
  readonly read: () => Promise<Buffer>;
  /** Deletes what is on disk. */
  readonly remove: () => Promise<void>;
  /** Moves it into a directory for a person to look at: it can never be stored. */
  readonly setAside: (directory: string) => Promise<void>;
  /** Writes a segment held in memory to its file. Throws what the disk says. */
  readonly persist: (path: string) => Promise<void>;
}

export interface SealedSegmentOptions {
  readonly id: string;
  readonly replay: boolean;
  readonly counts: KindCounts;
  /** Bytes of whole lines, from the start. */
  readonly bytes: number;
  readonly source: { readonly path: string } | { readonly content: Buffer };
}

export function createSealedSegment({
  id,
  replay,
  counts,
  bytes,
  source,
}: SealedSegmentOptions): SealedSegment {
  let path = 'path' in source ? source.path : null;
  let content = 'content' in source ? source.content : null;

  const read = async (): Promise<Buffer> => {
    if (content !== null) return content;
    const file = path === null ? Buffer.alloc(0) : await readFile(path);
    return file.length === bytes ? file : file.subarray(0, bytes);
  };

  return {
    id,
    replay,
    bytes,
    counts,
    onDisk: () => path !== null,
    read,
    remove: async () => {
      if (path !== null) await rm(path, { force: true });
    },
    setAside: async (directory) => {
      const target = join(directory, `${id}.ndjson`);
      if (path !== null) await rename(path, target);
      else await writeFile(target, await read(), { mode: 0o600 });
    },
    persist: async (target) => {
      if (content === null) return;
      await writeFile(target, content, { mode: 0o600, flag: 'w' });
      path = target;
      content = null;
    },
  };
}
