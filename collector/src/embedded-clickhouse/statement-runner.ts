// Takes one authenticated request through its life: read, judge, wait for room, run, answer, clean up.
import type { IncomingMessage } from 'node:http';
import type { Admission } from './admission.ts';
import { type ChunkJoiner, createChunkJoiner } from './chunk-joiner.ts';
import { hidePath } from './clickhouse-exception.ts';
import type { Role } from './credentials.ts';
import type { Engine } from './engine.ts';
import type { Job } from './engine-job.ts';
import { type AnswerContext, type AnswerStream, openAnswerStream, sendAnswer } from './http-answer.ts';
import { readWhole, type StoreRequest } from './http-request.ts';
import type { InsertBodies, InsertBody } from './insert-body.ts';
import type { SettingPolicy } from './setting-policy.ts';
import type { SqlGuard } from './sql-guard.ts';
import { isWord, readStatement, type SqlStatement } from './sql-statement.ts';

export interface StatementRunnerOptions {
  readonly engine: Engine;
  readonly database: string;
  readonly guard: SqlGuard;
  readonly settings: SettingPolicy;
  readonly bodies: InsertBodies;
  readonly queries: Admission;
  readonly inserts: Admission;
  readonly maxStatementBytes: number;
}

export interface StatementRequest {
  readonly http: IncomingMessage;
  readonly request: StoreRequest;
  readonly role: Role;
  readonly context: AnswerContext;
}

export type RunStatement = (request: StatementRequest) => Promise<void>;

export function createStatementRunner(options: StatementRunnerOptions): RunStatement {
  const { engine, guard, settings, queries, inserts, bodies } = options;

  return async ({ request, role, context }) => {
    const { statement, data } = await receive(request, options.maxStatementBytes);
    guard({ statement, role, parameters: request.parameters });
    const job: Job = {
      sql: statement.text,
      database: request.database || options.database,
      format: statement.format ?? request.defaultFormat,
      queryId: request.queryId,
      settings: settings.resolve(request.settings, role),
      parameters: request.parameters,
      reusesSession: leavesNoTrace(statement),
    };
    if (statement.insert !== undefined) {
      const body = await bodies.write(data, request.body);
      return runInsert({ engine, inserts, context, job, statement, body });
    }
    const gone = watchClient(context);
    const release = await queries.enter(gone.signal);
    try {
      gone.onGone(() => void engine.kill(job.queryId));
      await runQuery(engine, job, statement, context);
    } finally {
      gone.stop();
      release();
    }
  };
}

/** A SETTINGS clause may stick to the Session, and so does what other statements define. */
function leavesNoTrace({ verb, tokens, insert }: SqlStatement): boolean {
  if (tokens.some((token) => isWord(token, 'SETTINGS'))) return false;
  return insert !== undefined || verb === 'SELECT' || verb === 'WITH';
}

interface Received {
  readonly statement: SqlStatement;
  /** What followed an INSERT in the same text. */
  readonly data: Buffer;
}

/** The statement stands in the URL, in the body, or begins in the one and ends in the other. */
async function receive(request: StoreRequest, maxStatementBytes: number): Promise<Received> {
  if (request.urlQuery.length > 0) {
    const statement = readStatement(request.urlQuery);
    if (statement.insert !== undefined) {
      return { statement, data: skipToData(request.urlQuery, statement.insert.dataStart) };
    }
  }
  const sql = Buffer.concat([request.urlQuery, await readWhole(request.body, maxStatementBytes)]);
  const statement = readStatement(sql);
  const data = statement.insert === undefined ? Buffer.alloc(0) : skipToData(sql, statement.insert.dataStart);
  return { statement, data };
}

/** Data begins after the first line break behind the statement, or after the blanks when there is none. */
function skipToData(sql: Buffer, end: number): Buffer {
  let start = end;
  while (start < sql.length && [0x20, 0x09, 0x0c, 0x0d].includes(sql[start] ?? 0)) start += 1;
  return sql.subarray(sql[start] === 0x0a ? start + 1 : start);
}

interface InsertRun {
  readonly engine: Engine;
  readonly inserts: Admission;
  readonly context: AnswerContext;
  readonly job: Job;
  readonly statement: SqlStatement;
  readonly body: InsertBody;
}

async function runInsert({ engine, inserts, context, job, statement, body }: InsertRun): Promise<void> {
  const { insert } = statement;
  if (insert === undefined) return;
  try {
    const release = await inserts.enter();
    try {
      const result = await engine.run({ ...job, sql: insert.toSql(body.path) });
      const summary = {
        readRows: result.readRows,
        readBytes: result.readBytes,
        writtenRows: result.readRows,
        writtenBytes: result.readBytes,
        elapsedSeconds: result.elapsedSeconds,
      };
      sendAnswer(context, { format: insert.format, summary }, Buffer.alloc(0));
    } finally {
      release();
    }
  } catch (error) {
    throw hidePath(error, body.path);
  } finally {
    await body.remove();
  }
}

async function runQuery(
  engine: Engine,
  job: Job,
  statement: SqlStatement,
  context: AnswerContext,
): Promise<void> {
  const joiner = isStreamable(statement, job) ? createChunkJoiner(job.format) : undefined;
  if (joiner !== undefined && (await streamRows(engine, job, joiner, context))) return;
  const result = await engine.run(job);
  const { readRows, readBytes, elapsedSeconds } = result;
  sendAnswer(context, { format: job.format, summary: { readRows, readBytes, elapsedSeconds } }, result.bytes);
}

/** Totals, extremes and an array around the rows would appear once a chunk. */
function isStreamable({ verb, tokens }: SqlStatement, { settings }: Job): boolean {
  if (verb !== 'SELECT' && verb !== 'WITH' && verb !== 'FROM') return false;
  if (settings.get('output_format_json_array_of_rows') === '1' || settings.get('extremes') === '1')
    return false;
  return !tokens.some(
    (token) => isWord(token, 'TOTALS') || /^(?:output_format_json_array_of_rows|extremes)$/i.test(token.text),
  );
}

/** False when there were no rows and the format wants a header all the same. */
async function streamRows(
  engine: Engine,
  job: Job,
  joiner: ChunkJoiner,
  context: AnswerContext,
): Promise<boolean> {
  const { response } = context;
  let sink: AnswerStream | undefined;
  for await (const chunk of engine.stream(job)) {
    if (response.destroyed) return true;
    sink ??= openAnswerStream(context, { format: job.format });
    await sink.write(joiner.next(chunk.bytes));
  }
  if (sink === undefined && joiner.hasHeader) return false;
  sink ??= openAnswerStream(context, { format: job.format });
  sink.end();
  return true;
}

interface ClientWatch {
  readonly signal: AbortSignal;
  readonly onGone: (act: () => void) => void;
  readonly stop: () => void;
}

function watchClient({ response }: AnswerContext): ClientWatch {
  const controller = new AbortController();
  const onClose = (): void => {
    if (!response.writableFinished) controller.abort(new Error('the client went away'));
  };
  response.once('close', onClose);
  if (response.destroyed) onClose();
  return {
    signal: controller.signal,
    onGone: (act) => {
      if (controller.signal.aborted) act();
      else controller.signal.addEventListener('abort', act, { once: true });
    },
    stop: () => response.off('close', onClose),
  };
}
