// Load tests in the events store: a row a run, its report whole. Storing the same run again changes nothing.
import { LoadTestRun, LoadTestSummary, type LoadTestsAnswer, type LoadTestsQuery } from '@tollgate/contract';
import { z } from 'zod';
import { readCursor, writeCursor } from '../reading/cursor.ts';
import { createBinder, equalTo, inRange } from '../reading/sql-parts.ts';
import { microsOf, readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { sqlTimeAt, sqlTimeOf } from '../storage/sql-time.ts';

export interface LoadTestStore {
  readonly store: (run: LoadTestRun) => Promise<void>;
  readonly list: (query: LoadTestsQuery, signal: AbortSignal) => Promise<LoadTestsAnswer>;
  readonly find: (id: string, signal: AbortSignal) => Promise<LoadTestRun | null>;
}

const StoredSummary = LoadTestSummary.extend({
  requests: z.coerce.number(),
  errors: z.coerce.number(),
});
const StoredReport = z.object({ report: z.string() });

export function createLoadTestStore(events: Pick<EventsStore, 'query' | 'insert'>): LoadTestStore {
  return {
    store: (run) => events.insert({ table: 'load_tests', rows: [rowOf(run)], token: `load-test-${run.id}` }),
    list: (query, signal) => list(events, query, signal),
    find: async (id, signal) => {
      const rows = await events.query({
        sql: 'SELECT report FROM load_tests WHERE run_id = {id:UUID} LIMIT 1',
        params: { id },
        schema: StoredReport,
        signal,
      });
      const [row] = rows;
      return row === undefined ? null : LoadTestRun.parse(JSON.parse(row.report));
    },
  };
}

function rowOf(run: LoadTestRun): Record<string, unknown> {
  return {
    run_id: run.id,
    started_at: sqlTimeOf(run.started_at),
    ended_at: sqlTimeOf(run.ended_at),
    name: run.name,
    verdict: run.verdict,
    certificate: run.certificate.status,
    model: run.target.model,
    target: run.target.url,
    shape: run.load.shape,
    requests: run.requests,
    errors: run.errors,
    ttft_p50_ms: run.ttft_ms.p50,
    ttft_p99_ms: run.ttft_ms.p99,
    tpot_p50_ms: run.tpot_ms.p50,
    e2e_p50_ms: run.e2e_ms.p50,
    e2e_p99_ms: run.e2e_ms.p99,
    system_tps: run.system_tps,
    report: JSON.stringify(run),
  };
}

async function list(
  events: Pick<EventsStore, 'query'>,
  query: LoadTestsQuery,
  signal: AbortSignal,
): Promise<LoadTestsAnswer> {
  const { limit, model, verdict } = query;
  const binder = createBinder();
  const conditions = [inRange(binder, 'started_at', readRange(query)) + equalTo(binder, { model, verdict })];
  if (query.cursor !== undefined) {
    const [micros, runId] = readCursor(query.cursor);
    const time = binder.bind('String', sqlTimeAt(micros));
    conditions.push(
      `(started_at, run_id) < (toDateTime64(${time}, 6, 'UTC'), ${binder.bind('UUID', runId)})`,
    );
  }
  const rows = await events.query({
    sql: `SELECT toString(run_id) AS id, name, started_at, ended_at, verdict, model, target, shape, requests, errors,
        ttft_p50_ms, ttft_p99_ms, tpot_p50_ms, e2e_p50_ms, e2e_p99_ms, system_tps, certificate
      FROM load_tests FINAL WHERE ${conditions.join(' AND ')}
      ORDER BY load_tests.started_at DESC, load_tests.run_id DESC LIMIT ${binder.bind('UInt32', limit + 1)}`,
    params: binder.params(),
    schema: StoredSummary,
    signal,
  });
  const runs = rows.slice(0, limit);
  const last = runs.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { runs, next: more ? writeCursor([microsOf(last.started_at), last.id]) : null };
}
