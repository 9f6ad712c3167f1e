// A better place in the scheduler's queue for a process that must be on time.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const NICENESS = -10;
/** Linux shares cores out between sessions first, and only within one by niceness: a session of its own has its own. */
const SESSION_NICENESS = '/proc/self/autogroup';

/** For processes that lead a session of their own. Returns what was granted: 0 without the right to more. */
export function raisePriority(): number {
  try {
    setPriority(NICENESS);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
  try {
    writeFileSync(SESSION_NICENESS, String(NICENESS));
  } catch (error) {
    // Not every kernel groups by session: then the niceness alone counts.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  return NICENESS;
}
