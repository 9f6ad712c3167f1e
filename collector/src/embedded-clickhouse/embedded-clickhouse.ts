// The collector's handle on the embedded events store: starts the engine's child, keeps it alive on one address with
// one password, says how it is, stops it. It never speaks SQL.
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@tollgate/service-kit/logger';
import type { StartOptions } from './child-messages.ts';
import { type EngineChild, startEngineChild } from './engine-child.ts';
import { createEngineWatchdog, pingEngine } from './engine-watchdog.ts';

export type EmbeddedState = 'ready' | 'restarting' | 'stopped';

export interface EmbeddedClickHouseOptions {
  /** Created when absent. Holds the store's files; one collector at a time. */
  readonly dataDir: string;
  readonly log: Logger;
  readonly database?: string;
  /** Default 0: a free one, kept over restarts of the engine. Set it where a BI tool must find the store. */
  readonly port?: number;
  /** Default: generated. Set it where Grafana or a BI tool must know it. */
  readonly readonlyPassword?: string;
  readonly limits?: Partial<StartOptions['limits']>;
  readonly maxConcurrentQueries?: number;
  readonly maxConcurrentInserts?: number;
  readonly maxQueued?: number;
  /** How long a statement waits for room before it is refused with code 202. Default 10,000. */
  readonly maxWaitMs?: number;
  readonly maxInsertBytes?: number;
  /** For the whole engine. Default: half of the machine's memory. */
  readonly maxServerMemoryBytes?: number;
  /** How long to wait for another process to let go of the directory. Default 20,000. */
  readonly lockWaitMs?: number;
  /** BACKUP and RESTORE may use files below it; refused when absent. */
  readonly backupsPath?: string;
  readonly onStateChange?: (state: EmbeddedState) => void;
}

export interface EmbeddedClickHouse {
  readonly url: string;
  readonly database: string;
  readonly version: string;
  readonly username: string;
  readonly password: string;
  /** May SELECT, SHOW, DESCRIBE and EXPLAIN; for Grafana and BI tools. */
  readonly readonlyUsername: string;
  readonly readonlyPassword: string;
  readonly state: () => EmbeddedState;
  readonly pid: () => number | undefined;
  /** How often the engine had to be started again. */
  readonly restarts: () => number;
  readonly stop: () => Promise<void>;
}

const USERNAME = 'tollgate';
const READONLY_USERNAME = 'reader';
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 12_000;
const FIRST_RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 2_000;
const WATCHDOG = { intervalMs: 5_000, failuresAllowed: 2 };
const PING_TIMEOUT_MS = 10_000;
/** An engine that served this long starts again without a longer pause. */
const STABLE_AFTER_MS = 10_000;

/** Resolves when the store answers. Rejects with TG_ENGINE_START_FAILED when the first start fails. */
export async function createEmbeddedClickHouse(
  options: EmbeddedClickHouseOptions,
): Promise<EmbeddedClickHouse> {
  const { log, dataDir, onStateChange } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const startOptions = createStartOptions(options);
  let child: EngineChild = await startEngineChild(startOptions, START_LIMIT_MS);
  const { port, version } = child;
  let state: EmbeddedState = 'ready';
  let restarts = 0;
  log.info({ port, version, pid: child.pid }, 'embedded_clickhouse.ready');

  const enter = (next: EmbeddedState): void => {
    state = next;
    onStateChange?.(next);
  };
  const isStopped = (): boolean => state === 'stopped';

  const supervise = async (): Promise<void> => {
    let delayMs = FIRST_RESTART_DELAY_MS;
    while (!isStopped()) {
      const startedAtMs = performance.now();
      const watchdog = watchEngine(child, log);
      const { exitCode, signal } = await child.exited;
      watchdog.stop();
      if (isStopped()) return;
      if (performance.now() - startedAtMs > STABLE_AFTER_MS) delayMs = FIRST_RESTART_DELAY_MS;
      log.error({ exitCode, signal, restartInMs: delayMs }, 'embedded_clickhouse.died');
      enter('restarting');
      delayMs = await restart(delayMs);
    }
  };

  /** Tries until it works or the store is stopped; resolves to the pause before the next restart. */
  const restart = async (firstDelayMs: number): Promise<number> => {
    for (let delayMs = firstDelayMs; ; ) {
      await delay(delayMs);
      delayMs = Math.min(delayMs * 2, MAX_RESTART_DELAY_MS);
      if (isStopped()) return delayMs;
      try {
        restarts += 1;
        const next = await startEngineChild({ ...startOptions, port }, START_LIMIT_MS);
        child = next;
        if (isStopped()) await next.stop(STOP_LIMIT_MS);
        else enter('ready');
        log.info({ port, pid: next.pid, restarts }, 'embedded_clickhouse.restarted');
        return delayMs;
      } catch (error) {
        log.error({ exception: error, restartInMs: delayMs }, 'embedded_clickhouse.restart_failed');
      }
    }
  };
  const supervised = supervise();

  return {
    url: storeUrl(port),
    database: startOptions.database,
    version,
    ...accountFields(startOptions),
    state: () => state,
    pid: () => (state === 'ready' ? child.pid : undefined),
    restarts: () => restarts,
    stop: async () => {
      if (isStopped()) return;
      enter('stopped');
      await child.stop(STOP_LIMIT_MS);
      await supervised;
      log.info('embedded_clickhouse.stopped');
    },
  };
}

function watchEngine(child: EngineChild, log: Logger) {
  return createEngineWatchdog({
    answers: () => pingEngine(storeUrl(child.port), PING_TIMEOUT_MS),
    ...WATCHDOG,
    onHung: () => {
      log.error({ pid: child.pid, ...WATCHDOG }, 'embedded_clickhouse.hung');
      child.kill();
    },
  });
}

function storeUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

function createStartOptions(options: EmbeddedClickHouseOptions): StartOptions {
  return {
    dataDir: options.dataDir,
    database: options.database ?? 'tollgate',
    accounts: [
      { role: 'owner', username: USERNAME, password: generatePassword() },
      {
        role: 'reader',
        username: READONLY_USERNAME,
        password: options.readonlyPassword ?? generatePassword(),
      },
    ],
    port: options.port ?? 0,
    limits: {
      maxExecutionSeconds: 60,
      maxMemoryBytes: 2 * 1024 ** 3,
      maxResultRows: 2_000_000,
      ...options.limits,
    },
    maxConcurrentQueries: options.maxConcurrentQueries ?? 6,
    maxConcurrentInserts: options.maxConcurrentInserts ?? 2,
    maxQueued: options.maxQueued ?? 200,
    maxWaitMs: options.maxWaitMs ?? 10_000,
    maxInsertBytes: options.maxInsertBytes ?? 1024 ** 3,
    maxServerMemoryBytes: options.maxServerMemoryBytes ?? Math.floor(totalmem() / 2),
    lockWaitMs: options.lockWaitMs ?? 20_000,
    ...(options.backupsPath === undefined ? {} : { backupsPath: options.backupsPath }),
    logLevel: options.log.level,
  };
}

function accountFields({ accounts }: StartOptions) {
  const password = (role: string): string =>
    accounts.find((account) => account.role === role)?.password ?? '';
  return {
    username: USERNAME,
    password: password('owner'),
    readonlyUsername: READONLY_USERNAME,
    readonlyPassword: password('reader'),
  };
}

function generatePassword(): string {
  return randomBytes(24).toString('base64url');
}
