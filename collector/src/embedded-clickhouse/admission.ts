// Bounds how many statements run at once, one lane a kind of work, each with a queue of its own: full lanes refuse
// with TOO_MANY_SIMULTANEOUS_QUERIES (202) rather than let work pile up.
import { createClickHouseException } from './clickhouse-exception.ts';

export interface AdmissionOptions {
  readonly name: string;
  readonly maxRunning: number;
  readonly maxQueued: number;
  readonly maxWaitMs: number;
}

export interface Admission {
  /** Resolves with the release once there is room. Rejects with code 202, or with the signal's reason. */
  readonly enter: (signal?: AbortSignal) => Promise<() => void>;
  readonly running: () => number;
  readonly queued: () => number;
}

interface Waiter {
  readonly admit: () => void;
}

export function createAdmission({ name, maxRunning, maxQueued, maxWaitMs }: AdmissionOptions): Admission {
  const waiters = new Set<Waiter>();
  let running = 0;

  const refuse = (reason: string) =>
    createClickHouseException({
      code: 202,
      type: 'TOO_MANY_SIMULTANEOUS_QUERIES',
      message: `Too many simultaneous queries (${name}): ${reason}. Maximum: ${maxRunning} at once, ${maxQueued} waiting`,
    });

  const createRelease = (): (() => void) => {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const [next] = waiters;
      if (next === undefined) running -= 1;
      else next.admit();
    };
  };

  const wait = (signal: AbortSignal | undefined): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiters.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        admit: () => {
          leave();
          resolve(createRelease());
        },
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        leave();
        reject(refuse(`waited ${maxWaitMs} ms`));
      }, maxWaitMs);
      waiters.add(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  return {
    enter: async (signal) => {
      signal?.throwIfAborted();
      if (running < maxRunning) {
        running += 1;
        return createRelease();
      }
      if (waiters.size >= maxQueued) throw refuse('the queue is full');
      return wait(signal);
    },
    running: () => running,
    queued: () => waiters.size,
  };
}
