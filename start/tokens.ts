// The two tokens of a local stack: given by the environment, else made once and kept readable for the owner alone.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface StackToken {
  readonly value: string;
  /** False when the operator gave it: then it is never printed. */
  readonly generated: boolean;
}

export function stackToken(name: 'admin' | 'ingest', given: string | undefined, dataDir: string): StackToken {
  if (given !== undefined && given !== '') return { value: given, generated: false };
  const file = join(dataDir, `${name}-token`);
  const kept = readIfPresent(file);
  if (kept !== undefined) return { value: kept, generated: true };
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const value = randomBytes(24).toString('base64url');
  writeFileSync(file, `${value}\n`, { mode: 0o600 });
  return { value, generated: true };
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
