// Keeps engine Sessions for reuse. A Session runs one statement at a time and remembers settings and parameters, so it
// is lent to one statement and goes back only to statements that set exactly the same ones anew.
import { Session } from 'chdb';
import { createClickHouseException, toClickHouseException } from './clickhouse-exception.ts';
import type { Job } from './engine-job.ts';
import { quoteName, quoteString } from './sql-literal.ts';

export interface SessionLease {
  readonly session: Session;
  /** `clean` when the statement ended well and left nothing behind in the Session. */
  readonly release: (clean: boolean) => void;
}

export interface SessionPool {
  readonly lease: (job: Job) => Promise<SessionLease>;
  readonly close: () => void;
}

export interface SessionPoolOptions {
  readonly path: string;
  readonly maxIdle: number;
}

/** They differ from statement to statement: set on the lent Session instead of opening one for each value. */
const STATEMENT_SETTINGS = ['insert_deduplication_token'];

interface IdleSession {
  readonly key: string;
  readonly session: Session;
}

export function createSessionPool({ path, maxIdle }: SessionPoolOptions): SessionPool {
  const idle: IdleSession[] = [];

  const take = async (key: string, job: Job): Promise<Session> => {
    const at = idle.findLastIndex((candidate) => candidate.key === key);
    const [found] = at < 0 ? [] : idle.splice(at, 1);
    if (found !== undefined) return found.session;
    const session = openSession(path, fixedSettings(job));
    await session.queryAsync(`USE ${quoteName(job.database)}`);
    return session;
  };

  const giveBack = (entry: IdleSession): void => {
    idle.push(entry);
    if (idle.length > maxIdle) idle.shift()?.session.close();
  };

  return {
    lease: async (job) => {
      const key = sessionKey(job);
      let session: Session | undefined;
      try {
        session = await take(key, job);
        const taken = session;
        await taken.queryAsync(statementSettings(job));
        return {
          session: taken,
          release: (clean) => {
            // A reader's Session is read-only: it could not be set up for the next statement.
            if (clean && !job.settings.has('readonly')) giveBack({ key, session: taken });
            else taken.close();
          },
        };
      } catch (error) {
        session?.close();
        throw toClickHouseException(error);
      }
    },
    close: () => {
      for (const { session } of idle.splice(0)) session.close();
    },
  };
}

/** Settings for the Session's whole life; a read-only Session must be told its mark when it is opened. */
function fixedSettings({ settings, queryId }: Job): string[] {
  const fixed = [...settings].filter(([name]) => !STATEMENT_SETTINGS.includes(name));
  const args = fixed.map(([name, value]) => `--${name}=${value}`);
  return settings.has('readonly') ? [...args, `--log_comment=${queryId}`] : args;
}

function sessionKey(job: Job): string {
  const parameterNames = [...job.parameters.keys()].toSorted();
  return JSON.stringify([job.database, parameterNames, fixedSettings(job).toSorted()]);
}

/** The mark by which the statement can be killed, then what differs between statements. */
function statementSettings({ settings, parameters, queryId }: Job): string {
  const assignments = [...parameters].map(([name, value]) => `param_${name} = ${quoteString(value)}`);
  if (!settings.has('readonly')) {
    assignments.push(`log_comment = ${quoteString(queryId)}`);
    for (const name of STATEMENT_SETTINGS) {
      assignments.push(`${name} = ${quoteString(settings.get(name) ?? '')}`);
    }
  }
  return assignments.length === 0 ? '' : `SET ${assignments.join(', ')}`;
}

function openSession(path: string, args: readonly string[]): Session {
  try {
    return new Session(path, { connectionArgs: args });
  } catch (cause) {
    // The engine gives no reason here; with the directory already open, a setting's value is what it rejects.
    throw createClickHouseException({
      code: 36,
      type: 'BAD_ARGUMENTS',
      message: `a setting has a value that it cannot take: ${args.join(' ')}`,
      cause,
    });
  }
}
