// Users who think: each joins during the ramp-up, asks, reads for an exponential think time, and asks again.
import { createAllowance, type Shape } from './shape.ts';

export interface UsersOptions {
  readonly users: number;
  readonly rampUpMs: number;
  /** Mean of the exponential think time. */
  readonly thinkMs: number;
}

export function createUsers({ users, rampUpMs, thinkMs }: UsersOptions): Shape {
  return async (context) => {
    const allowed = createAllowance(context);
    const user = async (joinMs: number): Promise<void> => {
      let dueMs = joinMs;
      for (;;) {
        await context.until(dueMs);
        if (!allowed()) return;
        await context.launch({ scheduledMs: Math.max(dueMs, joinMs) });
        dueMs = context.nowMs() + thinkMs * context.random.exponential();
        if (context.limits.durationMs !== null && dueMs >= context.limits.durationMs) return;
      }
    };
    const all: Promise<void>[] = [];
    for (let index = context.share.index; index < users; index += context.share.count) {
      all.push(user((index * rampUpMs) / users));
    }
    await Promise.all(all);
  };
}
