// Threads that were left behind in a native call: nothing can end them but the process. Counts them, so that there are
// never many, and lets the process end in spite of them.

import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';

export interface StuckThreads {
  readonly count: number;
  /** One more than may be: no thread should be started in their company. */
  readonly isFull: boolean;
  /** Never waits for it. It is no longer counted once it ends by itself after all. */
  leaveBehind(worker: Worker): void;
}

export interface StuckThreadsOptions {
  /** How many may be left behind. */
  readonly allowed: number;
  readonly onChange: (count: number) => void;
}

export function createStuckThreads({ allowed, onChange }: StuckThreadsOptions): StuckThreads {
  let count = 0;
  let isGuarding = false;
  const change = (by: number) => {
    count += by;
    onChange(count);
  };
  return {
    get count() {
      return count;
    },
    get isFull() {
      return count > allowed;
    },
    leaveBehind(worker) {
      change(1);
      worker.unref();
      worker.once('exit', () => change(-1));
      if (isGuarding) return;
      isGuarding = true;
      process.on('exit', (code) => {
        if (count > 0) endAtOnce(code);
      });
    },
  };
}

/** Node joins its threads when it exits, and would wait for a stuck one for ever; the system's `_exit` does not. */
function endAtOnce(code: number): void {
  try {
    const koffi: typeof import('koffi').default = createRequire(import.meta.url)('koffi');
    koffi.load(null).func('_exit', 'void', ['int'])(code);
  } catch {
    // No koffi or no such function here: without the exit code, but it ends.
    process.kill(process.pid, 'SIGKILL');
  }
}
