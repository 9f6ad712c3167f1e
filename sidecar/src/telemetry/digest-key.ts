// The secret of this installation under which prompts are digested: made once, kept in the data directory, never shown.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@tollgate/service-kit/logger';

const KEY_BYTES = 32;

/** Without a directory to write to, digests hold for this process alone. */
export function readDigestKey(directory: string, log: Logger): Buffer {
  const file = join(directory, 'digest.key');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(KEY_BYTES).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isTaken(error)) log.warn({ exception: error }, 'digest_key.not_kept');
  }
  try {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    if (key.length === KEY_BYTES) return key;
  } catch {
    // Told above.
  }
  return randomBytes(KEY_BYTES);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
