// The call list and one call as SQL. Newest first, paged by the last call seen, within a range that widens only as needed.
import type { CallsQuery } from '@tollgate/contract';
import { pageSql } from '../reading/page.ts';
import { type BoundSql, createBinder, equalTo, inRange } from '../reading/sql-parts.ts';
import { LATEST_MICROS, MICROS_PER_HOUR, type MicrosRange } from '../reading/time-range.ts';

export const CALL_COLUMNS = `toString(call_id) AS call_id, started_at, team, user, app, provider, upstream, api, model,
  stream, status, outcome, input_tokens, input_cache_read_tokens AS cached_input_tokens, cache_write_tokens,
  output_tokens, output_reasoning_tokens AS reasoning_tokens, usage_source, finish_reason, cost_usd, cost_status,
  ttft_ms, duration_ms AS latency_ms`;

/** Ranges to try one after the other: the newest calls are mostly in the last hour, and a narrow range reads little. */
export function wideningRanges(range: MicrosRange): MicrosRange[] {
  const widths = [MICROS_PER_HOUR, 24 * MICROS_PER_HOUR];
  const narrow = widths
    .filter((width) => range.to - width > range.from)
    .map((width) => ({ from: range.to - width, to: range.to }));
  return [...narrow, range];
}

export function callsSql(query: CallsQuery, range: MicrosRange): BoundSql {
  const binder = createBinder();
  const { team, user, app, provider, upstream, model, outcome, prompt_digest } = query;
  const conditions = [
    inRange(binder, 'started_at', range) +
      equalTo(binder, {
        team,
        user,
        app,
        provider,
        upstream,
        model,
        outcome,
        prompt_digest,
        session_id: query.session,
      }),
  ];
  if (query.min_duration_ms !== undefined) {
    conditions.push(`duration_ms >= ${binder.bind('Float64', query.min_duration_ms)}`);
  }
  const order = { table: 'llm_calls', time: 'started_at', id: 'call_id' };
  return {
    sql: `SELECT ${CALL_COLUMNS} FROM llm_calls WHERE ${pageSql({ binder, conditions, page: query, order })}`,
    params: binder.params(),
  };
}

/** Where to look for one call: the hours around the time in its id (UUIDv7) first, then everywhere. */
export function callSql(callId: string, around: MicrosRange | undefined): BoundSql {
  const binder = createBinder();
  const near = around === undefined ? '' : ` AND ${inRange(binder, 'started_at', around)}`;
  return {
    sql: `SELECT * REPLACE (toString(call_id) AS call_id, toString(boot_id) AS boot_id),
        input_tokens, input_cache_read_tokens AS cached_input_tokens, cache_write_tokens, output_tokens,
        output_reasoning_tokens AS reasoning_tokens, ttft_ms, duration_ms AS latency_ms
      FROM llm_calls WHERE llm_calls.call_id = ${binder.bind('UUID', callId)}${near} LIMIT 1`,
    params: binder.params(),
  };
}

export function hoursAround(callId: string): MicrosRange | undefined {
  if (callId[14] !== '7') return undefined;
  const micros = Number.parseInt(callId.slice(0, 8) + callId.slice(9, 13), 16) * 1000;
  if (micros > LATEST_MICROS) return undefined;
  return { from: Math.max(0, micros - MICROS_PER_HOUR), to: micros + MICROS_PER_HOUR };
}
