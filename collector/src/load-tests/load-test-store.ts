// Load tests in the events store: a row a run, its report whole. Storing the same run again changes nothing.
import { LoadTestRun, LoadTestSummary, type LoadTestsAnswer, type LoadTestsQuery } from '@tollgate/contract';
import { z } from 'zod';
import { pageOf, pageSql } from '../reading/page.ts';
import { createBinder, equalTo, inRange } from '../reading/sql-parts.ts';
import { readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';
import { sqlTimeOf } from '../storage/sql-time.ts';

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
  const { model, verdict } = query;
  const binder = createBinder();
  const conditions = [inRange(binder, 'started_at', readRange(query)) + equalTo(binder, { model, verdict })];
  const order = { table: 'load_tests', time: 'started_at', id: 'run_id' };
  const rows = await events.query({
    sql: `SELECT toString(run_id) AS id, name, started_at, ended_at, verdict, model, target, shape, requests, errors,
        ttft_p50_ms, ttft_p99_ms, tpot_p50_ms, e2e_p50_ms, e2e_p99_ms, system_tps, certificate
      FROM load_tests FINAL WHERE ${pageSql({ binder, conditions, page: query, order })}`,
    params: binder.params(),
    schema: StoredSummary,
    signal,
  });
  const { entries, next } = pageOf(rows, query.limit, (run) => [run.started_at, run.id]);
  return { runs: entries, next };
}
