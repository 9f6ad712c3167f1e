// What a load shape is: it decides when calls start, and nothing else. One file each; time comes through the context.
import type { Random } from '../workload/random.ts';

export interface LaunchJob {
  /** When the shape wants the call to start, on the run's clock. */
  readonly scheduledMs: number;
  readonly session?: number;
  readonly turn?: number;
  /** Lengths and prefix of a replayed call. */
  readonly traced?: TracedCall;
}

export interface TracedCall {
  readonly atMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Ids of the prompt's blocks (Mooncake): equal leading ids mean an equal prefix. */
  readonly blockIds: readonly number[];
}

export interface ShapeContext {
  readonly nowMs: () => number;
  /** Resolves at the time given, at once when it has passed or the run is stopped. */
  readonly until: (dueMs: number) => Promise<void>;
  /** Starts a call now; resolves when it is over, whatever became of it. */
  readonly launch: (job: LaunchJob) => Promise<void>;
  readonly random: Random;
  /** The run was told to end early: start nothing more. */
  readonly stopped: () => boolean;
  /** Which part of the load is this process's. */
  readonly share: { readonly index: number; readonly count: number };
  readonly limits: { readonly requests: number | null; readonly durationMs: number | null };
}

/** Resolves when every call that it launched is over. */
export type Shape = (context: ShapeContext) => Promise<void>;

/** How many of `total` fall to this process: i belongs to it when i mod count = index. */
export function shareOf(total: number, { index, count }: ShapeContext['share']): number {
  return Math.floor((total - index + count - 1) / count);
}

/** Hands out permissions to send: null once the requests, the time or the run are at their end. */
export function createAllowance(context: ShapeContext): () => boolean {
  const { limits, share } = context;
  let left = limits.requests === null ? Number.POSITIVE_INFINITY : shareOf(limits.requests, share);
  return () => {
    if (context.stopped() || left <= 0) return false;
    if (limits.durationMs !== null && context.nowMs() >= limits.durationMs) return false;
    left -= 1;
    return true;
  };
}
