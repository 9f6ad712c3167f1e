// chDB on one directory: opens a Session for each statement (settings and parameters stick to a Session, so none is
// shared), runs it off the event loop, streams it, kills it. It knows no HTTP and judges no SQL.
import { setTimeout as delay } from 'node:timers/promises';
import { Session } from 'chdb';
import { createClickHouseException, toClickHouseException } from './clickhouse-exception.ts';

export interface Job {
  readonly sql: string;
  readonly database: string;
  readonly format: string;
  /** Marks the running statement so that it can be killed. */
  readonly queryId: string;
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}` placeholders, escaped as in the HTTP interface. */
  readonly parameters: ReadonlyMap<string, string>;
}

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
  /** SELECT only. Chunks are complete outputs of the format: only formats that concatenate make sense. */
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
  readonly backupsPath?: string | undefined;
}

export async function openEngine(options: OpenEngineOptions): Promise<Engine> {
  const serverArguments =
    options.backupsPath === undefined ? [] : [`--backups.allowed_path=${options.backupsPath}`];
  // Stays open for the engine's life: the engine shuts down with its last Session.
  const anchor = await openWhenFree(options, serverArguments);
  const version = (await anchor.queryAsync('SELECT version()', { format: 'TSVRaw' })).text().trim();
  await anchor.queryAsync(`CREATE DATABASE IF NOT EXISTS ${quoteName(options.database)} ENGINE = Atomic`);

  const openSession = async (job: Job): Promise<Session> => {
    const session = open(options.path, [...settingArguments(job.settings), `--log_comment=${job.queryId}`]);
    try {
      await session.queryAsync(`USE ${quoteName(job.database)}`);
      if (job.parameters.size > 0) await session.queryAsync(setParameters(job.parameters));
      return session;
    } catch (error) {
      session.close();
      throw toClickHouseException(error);
    }
  };

  return {
    version,
    run: async (job) => {
      const session = await openSession(job);
      try {
        const result = await session.queryAsync(job.sql, { format: job.format });
        return {
          bytes: result.bytes(),
          readRows: result.rowsRead,
          readBytes: result.bytesRead,
          elapsedSeconds: result.elapsed,
        };
      } catch (error) {
        throw toClickHouseException(error);
      } finally {
        session.close();
      }
    },
    stream: async function* (job) {
      const session = await openSession(job);
      try {
        for await (const chunk of session.queryStream(job.sql, { format: job.format })) {
          yield { bytes: chunk.raw(), rows: chunk.numRows };
        }
      } catch (error) {
        throw toClickHouseException(error);
      } finally {
        session.close();
      }
    },
    kill: async (queryId) => {
      await anchor.queryAsync(`KILL QUERY WHERE Settings['log_comment'] = ${quoteString(queryId)} ASYNC`);
    },
    close: () => anchor.close(),
  };
}

async function openWhenFree(
  { path, lockWaitMs }: OpenEngineOptions,
  args: readonly string[],
): Promise<Session> {
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return new Session(path, { connectionArgs: args });
    } catch (cause) {
      if (performance.now() >= deadline) {
        throw createClickHouseException({
          code: 76,
          type: 'CANNOT_OPEN_FILE',
          message: `cannot open the data directory ${path}: another process holds it or it is damaged`,
          cause,
        });
      }
      await delay(100);
    }
  }
}

function open(path: string, args: readonly string[]): Session {
  try {
    return new Session(path, { connectionArgs: args });
  } catch (cause) {
    // The engine gives no reason here; with the directory already open, a setting's value is what it rejects.
    throw createClickHouseException({
      code: 36,
      type: 'BAD_ARGUMENTS',
      message: `a setting has a value that it cannot take: ${args.filter((arg) => !arg.startsWith('--log_comment')).join(' ')}`,
      cause,
    });
  }
}

function settingArguments(settings: ReadonlyMap<string, string>): string[] {
  return [...settings].map(([name, value]) => `--${name}=${value}`);
}

function setParameters(parameters: ReadonlyMap<string, string>): string {
  const assignments = [...parameters].map(([name, value]) => `param_${name} = ${quoteString(value)}`);
  return `SET ${assignments.join(', ')}`;
}

export function quoteString(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}
