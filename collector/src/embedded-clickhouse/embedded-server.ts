// The child's HTTP server: the ClickHouse HTTP interface on loopback in front of the engine, behind a password.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@tollgate/service-kit/logger';
import { createAdmission } from './admission.ts';
import { toClickHouseException } from './clickhouse-exception.ts';
import { type Account, createAuthenticate } from './credentials.ts';
import { openEngine } from './engine.ts';
import { readEngineNames } from './engine-names.ts';
import { sendException } from './http-answer.ts';
import { readHttpRequest } from './http-request.ts';
import { createInsertBodies } from './insert-body.ts';
import { createSettingPolicy, type QueryLimits } from './setting-policy.ts';
import { createSqlGuard } from './sql-guard.ts';
import { createStatementRunner } from './statement-runner.ts';

export interface EmbeddedServerOptions {
  /** Holds the engine's files and the bodies of running inserts; one process at a time. */
  readonly dataDir: string;
  readonly database: string;
  readonly accounts: readonly Account[];
  /** 0 takes a free port. */
  readonly port: number;
  readonly limits: QueryLimits;
  readonly maxConcurrentQueries: number;
  readonly maxConcurrentInserts: number;
  readonly maxQueued: number;
  readonly maxWaitMs: number;
  readonly maxInsertBytes: number;
  readonly maxServerMemoryBytes: number;
  readonly lockWaitMs: number;
  readonly backupsPath?: string | undefined;
  readonly log: Logger;
}

export interface EmbeddedServer {
  readonly port: number;
  readonly version: string;
  /** Refuses new statements, lets running inserts end, kills queries that take longer than the limit, closes the engine. */
  readonly stop: (drainMs: number) => Promise<void>;
}

const MAX_STATEMENT_BYTES = 64 * 1024 * 1024;

export async function createEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { log, database, backupsPath } = options;
  const engine = await openEngine({
    path: join(options.dataDir, 'engine'),
    database,
    lockWaitMs: options.lockWaitMs,
    maxServerMemoryBytes: options.maxServerMemoryBytes,
    backupsPath,
  });
  const names = await readEngineNames(engine, database);
  const bodies = await createInsertBodies({
    directory: join(options.dataDir, 'bodies'),
    maxBytes: options.maxInsertBytes,
  });
  const lane = { maxQueued: options.maxQueued, maxWaitMs: options.maxWaitMs };
  const queries = createAdmission({ ...lane, name: 'queries', maxRunning: options.maxConcurrentQueries });
  const inserts = createAdmission({ ...lane, name: 'inserts', maxRunning: options.maxConcurrentInserts });
  const runStatement = createStatementRunner({
    engine,
    database,
    guard: createSqlGuard({ tableFunctions: names.tableFunctions, engines: names.engines, backupsPath }),
    settings: createSettingPolicy({ knownSettings: names.settings, limits: options.limits }),
    bodies,
    queries,
    inserts,
    maxStatementBytes: MAX_STATEMENT_BYTES,
  });
  const authenticate = createAuthenticate(options.accounts);

  const handle = async (http: IncomingMessage, response: ServerResponse): Promise<void> => {
    const context = {
      response,
      queryId: '',
      acceptsGzip: false,
      engineVersion: engine.version,
      exceptionTag: randomBytes(8).toString('hex'),
    };
    try {
      const request = readHttpRequest(http);
      if (request.path === '/ping' || request.path === '/replicas_status') return void response.end('Ok.\n');
      if (request.path !== '/') return notFound(response, request.path);
      const { queryId, acceptsGzip } = request;
      Object.assign(context, { queryId, acceptsGzip });
      const role = authenticate(http.headers, request.url);
      await runStatement({ http, request, role, context });
    } catch (error) {
      logFailure(log, context.queryId, error);
      sendException(context, error);
    }
  };
  const inHand = new Set<Promise<void>>();
  const server = createServer((http, response) => {
    const sent = new Promise((resolve) => response.once('close', resolve));
    const finished = Promise.all([handle(http, response), sent]).then(() => void inHand.delete(finished));
    inHand.add(finished);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    version: engine.version,
    stop: async (drainMs) => {
      await stopServer(server, inHand, drainMs);
      engine.close();
    },
  };
}

/** Waits for the requests in hand, not for connections: clients keep idle ones open for as long as they like. */
async function stopServer(
  server: Server,
  inHand: ReadonlySet<Promise<void>>,
  drainMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const limit = new AbortController();
  await Promise.race([
    Promise.all(inHand),
    delay(drainMs, undefined, { signal: limit.signal }).catch(() => undefined),
  ]);
  limit.abort();
  server.closeAllConnections();
  await closed;
}

function notFound(response: ServerResponse, path: string): void {
  response.statusCode = 404;
  response.end(`There is no handle ${path}\n`);
}

function logFailure(log: Logger, queryId: string, error: unknown): void {
  const { code, type, statusCode } = toClickHouseException(error);
  const fields = { queryId, exceptionCode: code, exceptionType: type };
  if (statusCode >= 500) log.warn(fields, 'statement.failed');
  else log.debug(fields, 'statement.refused');
}
