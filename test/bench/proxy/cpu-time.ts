// Processor time a process has used, from /proc: what a proxy costs, even on a machine whose cores are shared.
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** User and system time in microseconds; NaN where there is no /proc. */
export function cpuMicros(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
