// The latency question as SQL: quantile states of whole days and hours merged with those of the calls at the edges.
import type { LatencyQuery } from '@tollgate/contract';
import { type BoundSql, bucketOf, createBinder, equalTo, inBuckets, inRange } from '../reading/sql-parts.ts';
import type { MicrosRange } from '../reading/time-range.ts';
import { cutRange } from './range-parts.ts';

export const LATENCY_MEASURES = ['duration_ms', 'ttft_ms', 'tpot_ms', 'overhead_ms'] as const;
const LEVELS = '0.5, 0.95, 0.99';

export function latencySql(query: LatencyQuery, range: MicrosRange): BoundSql {
  const { interval, group_by: dimensions = [], team, app, provider, upstream, model, api } = query;
  const binder = createBinder();
  const keys = [...(interval === undefined ? [] : ['slot']), ...dimensions];
  const slot = (time: string): string =>
    interval === undefined ? '' : `${bucketOf(interval, time)} AS slot, `;
  const columns = dimensions.map((name) => `${name}, `).join('');
  const groupBy = keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')}`;
  const filtered = (condition: string): string =>
    `${condition}${equalTo(binder, { team, app, provider, upstream, model, api })}`;
  const rollupColumns = LATENCY_MEASURES.map((name) => `${name}_state, ${name}_count`).join(', ');
  const callColumns = LATENCY_MEASURES.map(
    (name) =>
      `quantilesTDigestState(${LEVELS})(toNullable(${name})) AS ${name}_state, count(${name}) AS ${name}_count`,
  ).join(', ');
  const parts = cutRange(range, interval);
  const ofRollup = (table: string, part: MicrosRange): string =>
    `SELECT ${slot('bucket')}${columns}calls, errors, ${rollupColumns} FROM ${table} WHERE ${filtered(inBuckets(binder, part))}`;
  const selects = [
    ...parts.days.map((part) => ofRollup('latency_daily', part)),
    ...parts.hours.map((part) => ofRollup('latency_hourly', part)),
    ...parts.calls.map(
      (
        part,
      ) => `SELECT ${slot('started_at')}${columns}count() AS calls, sum(is_error) AS errors, ${callColumns}
        FROM llm_calls WHERE ${filtered(inRange(binder, 'started_at', part))} ${groupBy}`,
    ),
  ];
  const merged = LATENCY_MEASURES.map(
    (name) => `quantilesTDigestMerge(${LEVELS})(${name}_state) AS ${name}, sum(${name}_count) AS ${name}_n`,
  ).join(', ');
  const sql = `SELECT ${keys.map((key) => `${key}, `).join('')}sum(calls) AS total_calls, sum(errors) AS total_errors, ${merged}
    FROM (${selects.join('\n UNION ALL ')}) ${groupBy}
    ORDER BY ${[...(interval === undefined ? [] : ['slot']), 'total_calls DESC', ...dimensions].join(', ')}`;
  return { sql, params: binder.params() };
}
