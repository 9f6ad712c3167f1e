// How a service process lives: start, say that it is ready, drain on a signal, exit with a code that tells the truth.
import type { Logger } from './logger.ts';
import { isTollgateError, systemErrorHint } from './tollgate-error.ts';

export interface RunningService {
  /** Shown in the ready line and sent to a parent process: addresses, never secrets. */
  readonly ready: Readonly<Record<string, string>>;
  /** Stops taking work, finishes what was taken, releases everything. */
  readonly stop: () => Promise<void>;
  /** After this long a stop is given up and the process exits with 1. Default 10,000. */
  readonly stopTimeoutMs?: number;
}

export interface RunServiceOptions {
  readonly log: Logger;
  readonly start: () => Promise<RunningService>;
}

const STOP_TIMEOUT_MS = 10_000;
/** For the last lines to be written; a reader that takes nothing does not keep the process longer. */
const FLUSH_PATIENCE_MS = 2_000;

/** The message a child sends to its parent by IPC once it serves. */
export interface ReadyMessage {
  readonly type: 'tollgate.ready';
  readonly ready: Readonly<Record<string, string>>;
}

/**
 * Runs a service until SIGTERM, SIGINT or the parent's disconnect. Exit codes: 0 stopped cleanly,
 * 1 failed to start, to stop in time, or by an unforeseen error, 2 wrong configuration.
 */
export async function runService({ log, start }: RunServiceOptions): Promise<void> {
  let running: RunningService | undefined;
  let stopping = false;

  const stop = async (reason: string, exitCode: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'service.stopping');
    const stopTimeoutMs = running?.stopTimeoutMs ?? STOP_TIMEOUT_MS;
    const timer = setTimeout(() => {
      log.error({ stopTimeoutMs }, 'service.stop_timed_out');
      finish(log, 1);
    }, stopTimeoutMs);
    try {
      await running?.stop();
      log.info({ reason }, 'service.stopped');
      clearTimeout(timer);
      finish(log, exitCode);
    } catch (error) {
      log.error({ exception: error }, 'service.stop_failed');
      finish(log, 1);
    }
  };

  process.once('SIGTERM', () => void stop('SIGTERM', 0));
  process.once('SIGINT', () => void stop('SIGINT', 0));
  process.once('disconnect', () => void stop('parent gone', 0));
  process.on('uncaughtException', (error) => {
    log.fatal({ exception: error }, 'service.crashed');
    void stop('crash', 1);
  });

  try {
    running = await start();
  } catch (error) {
    reportStartFailure(log, error);
    return finish(log, isTollgateError(error) && error.code === 'TG_CONFIG_INVALID' ? 2 : 1);
  }
  log.info({ ...running.ready }, 'service.ready');
  const message: ReadyMessage = { type: 'tollgate.ready', ready: running.ready };
  process.send?.(message);
}

function reportStartFailure(log: Logger, error: unknown): void {
  if (!isTollgateError(error)) {
    const hint = systemErrorHint(error);
    log.fatal({ exception: error, ...(hint === undefined ? {} : { hint }) }, 'service.start_failed');
    return;
  }
  log.fatal({ code: error.code, reason: error.message, hint: error.hint }, 'service.start_failed');
}

function finish(log: Logger, exitCode: number): void {
  log.flush(() => process.exit(exitCode));
  setTimeout(() => process.exit(exitCode), FLUSH_PATIENCE_MS).unref();
}
