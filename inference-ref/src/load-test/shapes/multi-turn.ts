// Conversations: a fixed number at a time, each of several turns that carry the history, with think time between turns.
import { createAllowance, type Shape } from './shape.ts';

export interface MultiTurnOptions {
  readonly sessions: number;
  readonly turns: number;
  readonly thinkMs: number;
  readonly rampUpMs: number;
}

export function createMultiTurn({ sessions, turns, thinkMs, rampUpMs }: MultiTurnOptions): Shape {
  return async (context) => {
    const allowed = createAllowance(context);
    let nextSession = context.share.index;
    const converse = async (startMs: number): Promise<void> => {
      await context.until(startMs);
      for (;;) {
        const session = nextSession;
        nextSession += context.share.count;
        for (let turn = 0; turn < turns; turn += 1) {
          if (!allowed()) return;
          await context.launch({ scheduledMs: context.nowMs(), session, turn });
          if (turn + 1 < turns && thinkMs > 0) {
            await context.until(context.nowMs() + thinkMs * context.random.exponential());
          }
        }
      }
    };
    const all: Promise<void>[] = [];
    for (let index = context.share.index; index < sessions; index += context.share.count) {
      all.push(converse((index * rampUpMs) / sessions));
    }
    await Promise.all(all);
  };
}
