// A run in virtual time for tests: time jumps to whatever is due next, calls last as long as the test says.
import { createRandom } from '../workload/random.ts';
import type { LaunchJob, Shape, ShapeContext } from './shape.ts';

export interface VirtualCall extends LaunchJob {
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface VirtualRunOptions {
  readonly requests?: number;
  readonly durationMs?: number;
  readonly seed?: number;
  readonly share?: { readonly index: number; readonly count: number };
  /** How long a call that starts at this time lasts. */
  readonly callMs: (startedMs: number) => number;
  /** Tells the run to stop at this time. */
  readonly stopAtMs?: number;
}

export async function runVirtually(shape: Shape, options: VirtualRunOptions): Promise<VirtualCall[]> {
  const due: { readonly atMs: number; readonly resolve: () => void }[] = [];
  const calls: VirtualCall[] = [];
  let nowMs = 0;
  const until = (atMs: number): Promise<void> =>
    atMs <= nowMs ? Promise.resolve() : new Promise((resolve) => due.push({ atMs, resolve }));
  const context: ShapeContext = {
    nowMs: () => nowMs,
    until,
    random: createRandom(options.seed ?? 1),
    stopped: () => options.stopAtMs !== undefined && nowMs >= options.stopAtMs,
    share: options.share ?? { index: 0, count: 1 },
    limits: { requests: options.requests ?? null, durationMs: options.durationMs ?? null },
    launch: async (job) => {
      const startedMs = nowMs;
      await until(startedMs + options.callMs(startedMs));
      calls.push({ ...job, startedMs, endedMs: nowMs });
    },
  };
  let over = false;
  const run = shape(context).then(() => {
    over = true;
  });
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    if (over) break;
    due.sort((a, b) => a.atMs - b.atMs);
    const next = due.shift();
    if (next === undefined) throw new Error('the shape waits for nothing');
    nowMs = next.atMs;
    next.resolve();
  }
  await run;
  return calls.sort((a, b) => a.startedMs - b.startedMs);
}
