// Which calls count and over which time tokens are summed: warm-up and cool-down cut, the steady window in between.
import type { CallRecord } from './call-record.ts';

export interface RunWindow {
  /** Calls sent in [fromMs, toMs] are measured. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Full load, for system throughput: from the last caller's start to the last start of a call. */
  readonly steadyFromMs: number;
  readonly steadyToMs: number;
}

export interface RunWindowOptions {
  readonly records: readonly CallRecord[];
  readonly warmupMs: number;
  readonly cooldownMs: number;
  readonly rampUpMs: number;
}

export function findRunWindow({ records, warmupMs, cooldownMs, rampUpMs }: RunWindowOptions): RunWindow {
  const starts = records.map((call) => call.scheduledMs);
  const lastStartMs = maximum(starts, 0);
  // Timers may fire half a millisecond early, the first caller's too: without a warm-up that cuts nothing.
  let firstStartMs = 0;
  for (const ms of starts) if (ms < firstStartMs) firstStartMs = ms;
  const endMs = maximum(
    records.map((call) => call.closedMs),
    0,
  );
  const toMs = lastStartMs - cooldownMs;
  const steadyFromMs = Math.max(warmupMs, rampUpMs);
  const enough = toMs - steadyFromMs >= 0.2 * endMs;
  return {
    fromMs: warmupMs === 0 ? firstStartMs : warmupMs,
    toMs,
    steadyFromMs: enough ? steadyFromMs : 0,
    steadyToMs: enough ? toMs : endMs,
  };
}

export function inWindow(call: CallRecord, { fromMs, toMs }: RunWindow): boolean {
  return call.scheduledMs >= fromMs && call.scheduledMs <= toMs;
}

export function maximum(values: Iterable<number>, ifNone: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > largest) largest = value;
  return largest === Number.NEGATIVE_INFINITY ? ifNone : largest;
}
