// Trace replay: each call starts when the trace says (time scaled by the speed) with the lengths and prefix it had then.
import type { Shape, TracedCall } from './shape.ts';

export interface TraceReplayOptions {
  readonly trace: readonly TracedCall[];
  /** 2 replays twice as fast. */
  readonly speed: number;
}

export function createTraceReplay({ trace, speed }: TraceReplayOptions): Shape {
  return async (context) => {
    const { limits, share } = context;
    const calls: Promise<void>[] = [];
    const originMs = trace[0]?.atMs ?? 0;
    for (const [index, traced] of trace.slice(0, limits.requests ?? undefined).entries()) {
      const scheduledMs = (traced.atMs - originMs) / speed;
      if (limits.durationMs !== null && scheduledMs >= limits.durationMs) break;
      if (index % share.count !== share.index) continue;
      await context.until(scheduledMs);
      if (context.stopped()) break;
      calls.push(context.launch({ scheduledMs, traced }));
    }
    await Promise.all(calls);
  };
}
