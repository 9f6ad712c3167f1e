// Open loop: calls start by the schedule, whether or not earlier ones are over. Drives any rate profile with any arrival process.
// Every process draws the whole schedule from the same seed and takes its own part, so that parts add up exactly.

import type { ArrivalProcess } from './arrival-process.ts';
import { type ArrivalTime, createArrivalTime, type RateSegment } from './rate-profile.ts';
import type { Shape } from './shape.ts';

export interface OpenLoopOptions {
  readonly profile: readonly RateSegment[];
  readonly arrivals: ArrivalProcess;
}

export function createOpenLoop({ profile, arrivals }: OpenLoopOptions): Shape {
  return async (context) => {
    const arrivalTime: ArrivalTime = createArrivalTime(profile);
    const { limits, share } = context;
    const calls: Promise<void>[] = [];
    let count = arrivals.first(context.random);
    for (let index = 0; limits.requests === null || index < limits.requests; index += 1) {
      const dueMs = arrivalTime(count);
      if (dueMs === null || (limits.durationMs !== null && dueMs >= limits.durationMs)) break;
      count += arrivals.gap(context.random);
      if (index % share.count !== share.index) continue;
      await context.until(dueMs);
      if (context.stopped()) break;
      calls.push(context.launch({ scheduledMs: dueMs }));
    }
    await Promise.all(calls);
  };
}
