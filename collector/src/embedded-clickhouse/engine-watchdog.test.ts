import { describe, expect, it } from 'vitest';
import { createEngineWatchdog } from './engine-watchdog.ts';

/** Feeds the watchdog these answers, then stops it. */
async function watch(answers: readonly boolean[]): Promise<{ asked: number; hung: number }> {
  const left = [...answers];
  let hung = 0;
  const watchdog = createEngineWatchdog({
    answers: async () => left.shift() ?? true,
    onHung: () => {
      hung += 1;
    },
    intervalMs: 5_000,
    failuresAllowed: 2,
    pause: async () => {
      if (left.length === 0) watchdog.stop();
    },
  });
  await watchdog.ended;
  return { asked: answers.length - left.length, hung };
}

describe('createEngineWatchdog', () => {
  it('reports an engine that keeps silent three times in a row, once', async () => {
    expect(await watch([true, false, false, false, false])).toEqual({ asked: 4, hung: 1 });
  });

  it('forgives shorter silences', async () => {
    expect(await watch([false, false, true, false, false, true])).toEqual({ asked: 6, hung: 0 });
  });
});
