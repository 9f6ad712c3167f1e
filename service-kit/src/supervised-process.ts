// Keeps one child process alive: starts it, waits until it says that it serves, restarts it with back-off, stops it.
// Knows nothing of what the child does.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Logger } from './logger.ts';
import type { ReadyMessage } from './run-service.ts';
import { defineError } from './tollgate-error.ts';

const errChildNotReady = defineError('TG_CHILD_NOT_READY', 500);

export type ProcessState = 'idle' | 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped';

export interface ProcessStatus {
  readonly state: ProcessState;
  readonly restarts: number;
  /** Why the last run ended; empty while none did. */
  readonly lastExit: string;
  readonly pid: number | undefined;
}

export interface SupervisedProcessOptions {
  readonly name: string;
  /** Arguments to Node: flags, then the script. */
  readonly nodeArgs: readonly string[];
  /** Asked at each start, so that what the first run learnt (its ports) can be pinned for the next. */
  readonly env: () => Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  /** Where the child's output goes: 'inherit', 'ignore' or an open file descriptor. */
  readonly output: 'inherit' | 'ignore' | number;
  /** Given each new child before it is ready: for whoever exchanges messages with it. */
  readonly onLaunch?: (child: ChildProcess) => void;
  readonly onReady?: (ready: ReadyMessage['ready']) => void;
  readonly onStatus?: (status: ProcessStatus) => void;
  readonly backOff?: { readonly minMs: number; readonly maxMs: number };
}

export interface SupervisedProcess {
  /** Resolves with the child's first ready message; rejects (TG_CHILD_NOT_READY) when it ends before that. */
  readonly start: () => Promise<ReadyMessage['ready']>;
  /** SIGTERM, then SIGKILL after `timeoutMs`. Resolves with the exit code, or null after a kill. */
  readonly stop: (timeoutMs: number) => Promise<number | null>;
  readonly status: () => ProcessStatus;
}

/** A run this long counts as healthy: the next failure starts again from the shortest wait. */
const HEALTHY_RUN_MS = 10_000;

export function createSupervisedProcess(options: SupervisedProcessOptions): SupervisedProcess {
  const { name, log, backOff = { minMs: 250, maxMs: 5_000 } } = options;
  let child: ChildProcess | undefined;
  let status: ProcessStatus = { state: 'idle', restarts: 0, lastExit: '', pid: undefined };
  let waitMs = backOff.minMs;
  let timer: NodeJS.Timeout | undefined;
  let everReady = false;

  const update = (change: Partial<ProcessStatus>): void => {
    status = { ...status, ...change };
    options.onStatus?.(status);
  };

  const launch = (onFirstExit?: (why: string) => void): ChildProcess => {
    const startedAt = performance.now();
    const started = spawn(process.execPath, options.nodeArgs, {
      env: { ...options.env() },
      stdio: ['ignore', options.output, options.output, 'ipc'],
      // Ctrl-C reaches every process of the terminal's group: only the parent may hear it, since it knows the order.
      detached: true,
    });
    child = started;
    options.onLaunch?.(started);
    update({ state: 'starting', pid: started.pid });
    started.on('message', (message) => {
      if (!isReady(message)) return;
      update({ state: 'ready' });
      options.onReady?.(message.ready);
    });
    started.on('error', (error) => log.error({ child: name, exception: error }, 'child.spawn_failed'));
    started.once('exit', (code, signal) => {
      const why = signal === null ? `exit code ${code}` : `signal ${signal}`;
      if (performance.now() - startedAt > HEALTHY_RUN_MS) waitMs = backOff.minMs;
      if (status.state === 'stopping') return update({ state: 'stopped', lastExit: why, pid: undefined });
      update({ state: 'waiting', lastExit: why, pid: undefined });
      if (onFirstExit !== undefined && !everReady) return onFirstExit(why);
      scheduleRestart(why);
    });
    return started;
  };

  const scheduleRestart = (why: string): void => {
    log.warn({ child: name, why, waitMs }, 'child.restarting');
    timer = setTimeout(() => {
      update({ restarts: status.restarts + 1 });
      launch();
    }, waitMs);
    waitMs = Math.min(waitMs * 2, backOff.maxMs);
  };

  return {
    start: () =>
      new Promise((resolve, reject) => {
        const started = launch((why) => {
          update({ state: 'stopped' });
          reject(errChildNotReady(`${name} ended before it was ready: ${why}`, { hint: 'its log says why' }));
        });
        started.on('message', (message) => {
          if (!isReady(message)) return;
          everReady = true;
          resolve(message.ready);
        });
      }),
    stop: (timeoutMs) => stopChild(timeoutMs),
    status: () => status,
  };

  function stopChild(timeoutMs: number): Promise<number | null> {
    clearTimeout(timer);
    const running = child;
    const alive = running !== undefined && running.exitCode === null && running.signalCode === null;
    update({ state: alive ? 'stopping' : 'stopped' });
    if (!alive) return Promise.resolve(0);
    return new Promise((resolve) => {
      const kill = setTimeout(() => {
        log.error({ child: name, timeoutMs }, 'child.killed');
        running.kill('SIGKILL');
      }, timeoutMs);
      running.once('exit', (code) => {
        clearTimeout(kill);
        resolve(code);
      });
      running.kill('SIGTERM');
    });
  }
}

function isReady(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'tollgate.ready'
  );
}
