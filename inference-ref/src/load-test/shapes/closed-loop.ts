// Closed loop: a fixed number of callers, each sends its next call when the last is over. Slow servers slow the load down:
// read such latencies as "at this concurrency", never as "at this rate".
import { createAllowance, type Shape } from './shape.ts';

export interface ClosedLoopOptions {
  readonly concurrency: number;
  /** The callers start evenly over this time. */
  readonly rampUpMs: number;
}

export function createClosedLoop({ concurrency, rampUpMs }: ClosedLoopOptions): Shape {
  return async (context) => {
    const allowed = createAllowance(context);
    const caller = async (startMs: number): Promise<void> => {
      await context.until(startMs);
      while (allowed()) await context.launch({ scheduledMs: context.nowMs() });
    };
    const callers: Promise<void>[] = [];
    for (let index = context.share.index; index < concurrency; index += context.share.count) {
      callers.push(caller((index * rampUpMs) / concurrency));
    }
    await Promise.all(callers);
  };
}
