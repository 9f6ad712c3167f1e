// A disk of its own for a directory, as small or as read-only as a test wants it. Needs root, and a kernel that lets it mount.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', directory]).status === 0;
  if (mounted) spawnSync('umount', [directory]);
  rmdirSync(directory);
  return mounted;
}

/** Mounts a disk in memory with these options, such as `size=1m`; returns what takes it away again. */
export function mountMemoryDisk(directory: string, options: string): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', directory]);
  return () => void spawnSync('umount', ['--lazy', directory]);
}
