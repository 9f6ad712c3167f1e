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
  /** Resolves with the child's first ready message; rejects (TG_CHILD_NOT_READY) when it ends before that, or cannot be made. */
  readonly start: () => Promise<ReadyMessage['ready']>;
  /** SIGTERM, then SIGKILL after `timeoutMs`. Resolves with the exit code, or null after a kill. */
  readonly stop: (timeoutMs: number) => Promise<number | null>;
  readonly status: () => ProcessStatus;
}

interface FirstRun {
  readonly ready: (ready: ReadyMessage['ready']) => void;
  readonly ended: (why: string) => void;
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

  const launch = (first?: FirstRun): void => {
    const startedAt = performance.now();
    const ended = (why: string): void => {
      if (performance.now() - startedAt > HEALTHY_RUN_MS) waitMs = backOff.minMs;
      const state = status.state === 'stopping' ? 'stopped' : 'waiting';
      update({ state, lastExit: why, pid: undefined });
      if (state === 'stopped') return;
      if (first === undefined || everReady) scheduleRestart(why);
      else first.ended(why);
    };
    let started: ChildProcess;
    try {
      started = spawnNode(options);
    } catch (error) {
      // Some failures (no memory for a fork, too long an environment) are thrown, others come as events.
      log.error({ child: name, exception: error }, 'child.spawn_failed');
      ended(error instanceof Error ? error.message : String(error));
      return;
    }
    child = started;
    started.on('error', (error) => {
      log.error({ child: name, exception: error }, isMade(started) ? 'child.failed' : 'child.spawn_failed');
    });
    onceEnded(started, ({ why }) => ended(why));
    options.onLaunch?.(started);
    update({ state: 'starting', pid: started.pid });
    started.on('message', (message) => {
      if (!isReady(message)) return;
      update({ state: 'ready' });
      options.onReady?.(message.ready);
      everReady = true;
      first?.ready(message.ready);
    });
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
        launch({
          ready: resolve,
          ended: (why) => {
            update({ state: 'stopped' });
            reject(
              errChildNotReady(`${name} ended before it was ready: ${why}`, { hint: 'its log says why' }),
            );
          },
        });
      }),
    stop: (timeoutMs) => stopChild(timeoutMs),
    status: () => status,
  };

  function stopChild(timeoutMs: number): Promise<number | null> {
    clearTimeout(timer);
    const running = child;
    const alive =
      running !== undefined && isMade(running) && running.exitCode === null && running.signalCode === null;
    update({ state: alive ? 'stopping' : 'stopped' });
    if (!alive) return Promise.resolve(0);
    return new Promise((resolve) => {
      const kill = setTimeout(() => {
        log.error({ child: name, timeoutMs }, 'child.killed');
        running.kill('SIGKILL');
      }, timeoutMs);
      onceEnded(running, ({ code }) => {
        clearTimeout(kill);
        resolve(code);
      });
      running.kill('SIGTERM');
    });
  }
}

function spawnNode({ nodeArgs, env, output }: SupervisedProcessOptions): ChildProcess {
  return spawn(process.execPath, nodeArgs, {
    env: { ...env() },
    stdio: ['ignore', output, output, 'ipc'],
    // Ctrl-C reaches every process of the terminal's group: only the parent may hear it, since it knows the order.
    detached: true,
  });
}

interface RunEnd {
  /** null after a signal; 0 where nothing ever ran. */
  readonly code: number | null;
  readonly why: string;
}

/** Tells once that the process is gone, or was never made: Node then says `error` and never `exit`. */
function onceEnded(child: ChildProcess, then: (end: RunEnd) => void): void {
  child.once('exit', (code, signal) => {
    then({ code, why: signal === null ? `exit code ${code}` : `signal ${signal}` });
  });
  child.once('error', (error) => {
    if (!isMade(child)) then({ code: 0, why: error.message });
  });
}

/** False when the system refused the process (EAGAIN, EMFILE, ENOENT). */
function isMade(child: ChildProcess): boolean {
  return child.pid !== undefined;
}

function isReady(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'tollgate.ready'
  );
}
