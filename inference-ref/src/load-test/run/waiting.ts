// Waiting until a time on the run's clock, all at once released when the run is stopped.

export interface Waiting {
  readonly until: (dueMs: number) => Promise<void>;
  readonly releaseAll: () => void;
}

/** Node's timers know whole milliseconds: what is due within half of one counts as due. */
const EARLY_MS = 0.5;

export function createWaiting(nowMs: () => number): Waiting {
  const waiting = new Set<() => void>();
  let released = false;
  return {
    until: (dueMs) => {
      const leftMs = dueMs - nowMs();
      if (released || leftMs <= EARLY_MS) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timer);
          waiting.delete(finish);
          resolve();
        };
        const check = (): void => {
          const stillMs = dueMs - nowMs();
          if (stillMs <= EARLY_MS) finish();
          else timer = setTimeout(check, Math.max(1, Math.floor(stillMs)));
        };
        let timer = setTimeout(check, Math.max(1, Math.floor(leftMs)));
        waiting.add(finish);
      });
    },
    releaseAll: () => {
      released = true;
      for (const finish of [...waiting]) finish();
    },
  };
}
