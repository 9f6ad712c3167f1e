// A better place in the scheduler's queue for a process that must be on time.
import { setPriority } from 'node:os';

const NICENESS = -10;

/** Returns what was granted: 0 without the right to more. */
export function raisePriority(): number {
  try {
    setPriority(NICENESS);
    return NICENESS;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}
