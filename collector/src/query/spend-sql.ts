// The spend question as SQL over whole days, whole hours and single calls, so that its sums are exact for any range.
import type { SpendQuery } from '@tollgate/contract';
import {
  type Binder,
  type BoundSql,
  bucketOf,
  createBinder,
  equalTo,
  inBuckets,
  inRange,
} from '../reading/sql-parts.ts';
import type { MicrosRange } from '../reading/time-range.ts';
import { cutRange } from './range-parts.ts';

const SUMS = [
  'calls',
  'errors',
  'unpriced_calls',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'priced_cost_usd',
];
const TOKEN_SUMS = `
  input_uncached_tokens + input_cache_read_tokens + input_cache_write_5m_tokens + input_cache_write_1h_tokens
    + input_audio_tokens + input_image_tokens AS input_tokens,
  input_cache_read_tokens AS cached_input_tokens,
  output_text_tokens + output_reasoning_tokens + output_audio_tokens + output_image_tokens AS output_tokens,
  output_reasoning_tokens AS reasoning_tokens`;
const OF_ROLLUP = `calls, errors, unpriced_calls, ${TOKEN_SUMS}, priced_cost_usd`;
const OF_CALLS = `toUInt64(1) AS calls, toUInt64(is_error) AS errors, toUInt64(isNull(cost_usd)) AS unpriced_calls,
  ${TOKEN_SUMS}, ifNull(cost_usd, toDecimal128(0, 12)) AS priced_cost_usd`;

export function spendSql(query: SpendQuery, range: MicrosRange): BoundSql {
  const { interval, group_by: dimensions = [] } = query;
  const binder = createBinder();
  const parts = cutRange(range, interval);
  const bucket = (time: string): string =>
    interval === undefined ? '' : `${bucketOf(interval, time)} AS slot, `;
  const columns = dimensions.map((name) => `${name}, `).join('');
  const where = (condition: string): string => `${condition}${filters(binder, query)}`;
  const selects = [
    ...parts.days.map(
      (part) =>
        `SELECT ${bucket('bucket')}${columns}${OF_ROLLUP} FROM spend_daily WHERE ${where(inBuckets(binder, part))}`,
    ),
    ...parts.hours.map(
      (part) =>
        `SELECT ${bucket('bucket')}${columns}${OF_ROLLUP} FROM spend_hourly WHERE ${where(inBuckets(binder, part))}`,
    ),
    ...parts.calls.map(
      (part) =>
        `SELECT ${bucket('started_at')}${columns}${OF_CALLS} FROM llm_calls WHERE ${where(inRange(binder, 'started_at', part))}`,
    ),
  ];
  const keys = [...(interval === undefined ? [] : ['slot']), ...dimensions];
  const sql = `SELECT ${keys.map((key) => `${key}, `).join('')}${SUMS.map((name) => `sum(${name}) AS total_${name}`).join(', ')}
    FROM (${selects.join('\n UNION ALL ')})
    ${keys.length === 0 ? '' : `GROUP BY ${keys.join(', ')}`}
    ORDER BY ${[...(interval === undefined ? [] : ['slot']), 'total_priced_cost_usd DESC', ...dimensions].join(', ')}`;
  return { sql, params: binder.params() };
}

function filters(binder: Binder, query: SpendQuery): string {
  const { team, user, app, environment, provider, upstream, model, api, outcome, cost_status } = query;
  const wanted = { team, user, app, environment, provider, upstream, model, api, outcome, cost_status };
  return equalTo(binder, wanted);
}
