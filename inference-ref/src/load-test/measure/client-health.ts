// How late this process sees things, measured all the time beside the load: a heartbeat whose delays fall where arriving
// bytes would have been delayed, CPU use, and the kernel's own account of time spent waiting for a core.
import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

export interface ClientHealth {
  /** Delay that an arrival at a random moment met in this process, in ms; weighted by time, pauses filled in. */
  readonly lateness: Float64Array;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Time runnable but without a core (Linux); null elsewhere. */
  readonly cpuWaitMs: number | null;
  readonly gcMs: number;
  readonly longestGcMs: number;
}

export interface ClientHealthMonitor {
  readonly stop: () => ClientHealth;
}

const HEARTBEAT_MS = 4;
/** Timers know whole milliseconds; this much delay is the timer's own. */
const TIMER_GRAIN_MS = 1;

export function monitorClientHealth(): ClientHealthMonitor {
  const lateness: number[] = [];
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const waitBefore = readCpuWaitMs();
  const gc = { totalMs: 0, longestMs: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      gc.totalMs += entry.duration;
      gc.longestMs = Math.max(gc.longestMs, entry.duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  let dueMs = startedMs + HEARTBEAT_MS;
  let timer: NodeJS.Timeout | undefined;
  const beat = (): void => {
    const nowMs = performance.now();
    recordLateness(lateness, nowMs - dueMs - TIMER_GRAIN_MS);
    dueMs = Math.max(dueMs + HEARTBEAT_MS, nowMs + HEARTBEAT_MS / 2);
    timer = setTimeout(beat, Math.max(1, Math.round(dueMs - nowMs)));
  };
  timer = setTimeout(beat, HEARTBEAT_MS);
  return {
    stop: () => {
      clearTimeout(timer);
      observer.disconnect();
      recordLateness(lateness, performance.now() - dueMs - TIMER_GRAIN_MS);
      const cpu = process.cpuUsage(cpuBefore);
      const waitAfter = readCpuWaitMs();
      return {
        lateness: Float64Array.from(lateness),
        wallMs: performance.now() - startedMs,
        cpuMs: (cpu.user + cpu.system) / 1000,
        cpuWaitMs: waitBefore === null || waitAfter === null ? null : waitAfter - waitBefore,
        gcMs: gc.totalMs,
        longestGcMs: gc.longestMs,
      };
    },
  };
}

/** A pause of L delays what arrives during it by L, L − 1 beat, L − 2 beats…: each beat that it swallowed counts. */
export function recordLateness(into: number[], lateMs: number): void {
  let remaining = lateMs;
  into.push(Math.max(0, remaining));
  for (remaining -= HEARTBEAT_MS; remaining > 0; remaining -= HEARTBEAT_MS) into.push(remaining);
}

/** Second field of schedstat: nanoseconds this thread was runnable and waited. */
function readCpuWaitMs(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const waited = readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[1];
    return waited === undefined ? null : Number(waited) / 1e6;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
