// chDB on one directory: runs statements off the event loop, streams them, kills them. It knows no HTTP and judges no SQL.
import { setTimeout as delay } from 'node:timers/promises';
import { Session } from 'chdb';
import { createClickHouseException, toClickHouseException } from './clickhouse-exception.ts';
import type { Job } from './engine-job.ts';
import { createSessionPool, type SessionPool } from './session-pool.ts';
import { quoteName, quoteString } from './sql-literal.ts';

export interface JobResult {
  readonly bytes: Uint8Array;
  readonly readRows: number;
  readonly readBytes: number;
  readonly elapsedSeconds: number;
}

export interface JobChunk {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface Engine {
  readonly version: string;
  readonly run: (job: Job) => Promise<JobResult>;
  /** SELECT only. Each chunk is a complete output of the format, header and footer included; none for no rows. */
  readonly stream: (job: Job) => AsyncGenerator<JobChunk, void, undefined>;
  /** Asks the engine to stop a statement; it ends with QUERY_WAS_CANCELLED (394). Unknown ids are ignored. */
  readonly kill: (queryId: string) => Promise<void>;
  readonly close: () => void;
}

export interface OpenEngineOptions {
  readonly path: string;
  readonly database: string;
  /** How long to wait for another process to let go of the directory. */
  readonly lockWaitMs: number;
  readonly maxServerMemoryBytes: number;
  readonly backupsPath?: string | undefined;
}

const MAX_IDLE_SESSIONS = 32;

export async function openEngine(options: OpenEngineOptions): Promise<Engine> {
  // Stays open for the engine's life: the engine shuts down with its last Session.
  const anchor = await openWhenFree(options);
  const version = (await anchor.queryAsync('SELECT version()', { format: 'TSVRaw' })).text().trim();
  await anchor.queryAsync(`CREATE DATABASE IF NOT EXISTS ${quoteName(options.database)} ENGINE = Atomic`);
  const sessions = createSessionPool({ path: options.path, maxIdle: MAX_IDLE_SESSIONS });
  return {
    version,
    run: (job) => runJob(sessions, job),
    stream: (job) => streamJob(sessions, job),
    kill: async (queryId) => {
      await anchor.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quoteString(queryId)} ASYNC`);
    },
    close: () => {
      sessions.close();
      anchor.close();
    },
  };
}

async function runJob(sessions: SessionPool, job: Job): Promise<JobResult> {
  const lease = await sessions.lease(job);
  let clean = false;
  try {
    const result = await lease.session.queryAsync(job.sql, { format: job.format });
    clean = job.reusesSession;
    return {
      bytes: result.bytes(),
      readRows: result.rowsRead,
      readBytes: result.bytesRead,
      elapsedSeconds: result.elapsed,
    };
  } catch (error) {
    throw toClickHouseException(error);
  } finally {
    lease.release(clean);
  }
}

async function* streamJob(sessions: SessionPool, job: Job): AsyncGenerator<JobChunk, void, undefined> {
  const lease = await sessions.lease(job);
  let clean = false;
  try {
    for await (const chunk of lease.session.queryStream(job.sql, { format: job.format })) {
      yield { bytes: chunk.raw(), rows: chunk.numRows };
    }
    clean = job.reusesSession;
  } catch (error) {
    throw toClickHouseException(error);
  } finally {
    lease.release(clean);
  }
}

async function openWhenFree(options: OpenEngineOptions): Promise<Session> {
  const { path, lockWaitMs, backupsPath, maxServerMemoryBytes } = options;
  const connectionArgs = [`--max_server_memory_usage=${maxServerMemoryBytes}`];
  if (backupsPath !== undefined) connectionArgs.push(`--backups.allowed_path=${backupsPath}`);
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return new Session(path, { connectionArgs });
    } catch (cause) {
      if (performance.now() >= deadline) {
        throw createClickHouseException({
          code: 76,
          type: 'CANNOT_OPEN_FILE',
          message: `cannot open the data directory ${path}: another process holds it or it is damaged`,
          cause,
        });
      }
      await delay(250);
    }
  }
}
