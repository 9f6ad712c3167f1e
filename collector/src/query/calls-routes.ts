// GET /calls and /calls/{id}: single calls as they were metered and priced.
import {
  ApiError,
  CallDetail,
  CallSummary,
  CallsAnswer,
  CallsQuery,
  formatUsd,
  parseUsd,
  TOKEN_BUCKETS,
} from '@tollgate/contract';
import { defineError } from '@tollgate/service-kit/tollgate-error';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import { pageOf } from '../reading/page.ts';
import { readRange } from '../reading/time-range.ts';
import { callSql, callsSql, hoursAround, wideningRanges } from './calls-sql.ts';
import type { QueryDeps } from './query-deps.ts';

const errCallNotFound = defineError('TG_CALL_NOT_FOUND', 404);

const count = z.coerce.number();
const usd = z.string().transform((text) => formatUsd(parseUsd(text)));
const totals = {
  input_tokens: count,
  cached_input_tokens: count,
  cache_write_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  cost_usd: usd.nullable(),
};
const StoredSummary = CallSummary.extend(totals);
const counts = z.record(z.string(), count);
const StoredDetail = z.looseObject({
  ...totals,
  billed_tools: counts,
  max_output_tokens: count.nullable(),
  gpu_memory_used_bytes: count.nullable(),
  cost_meters: z.array(z.string()),
  cost_quantities: z.array(count),
  cost_unit_prices_usd: z.array(usd),
  cost_pers: z.array(count),
  cost_amounts_usd: z.array(usd),
});
/** Columns of 64 bits come as text. */
const QUOTED = ['seq', ...TOKEN_BUCKETS, 'token_events', 'request_bytes', 'response_bytes'];

export function callsRoutes({ events }: QueryDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    const app = instance.withTypeProvider<ZodTypeProvider>();
    app.get(
      '/calls',
      {
        schema: {
          tags: ['calls'],
          summary: 'Single calls, newest first',
          querystring: CallsQuery,
          response: { 200: CallsAnswer, 400: ApiError, 401: ApiError, 503: ApiError, 504: ApiError },
        },
      },
      async (request, reply) => {
        const signal = abortOnDisconnect(reply);
        const { limit } = request.query;
        let rows: z.infer<typeof StoredSummary>[] = [];
        for (const range of wideningRanges(readRange(request.query))) {
          rows = await events.query({ ...callsSql(request.query, range), schema: StoredSummary, signal });
          if (rows.length > limit) break;
        }
        const { entries, next } = pageOf(rows, limit, (call) => [call.started_at, call.call_id]);
        return { calls: entries, next };
      },
    );
    app.get(
      '/calls/:id',
      {
        schema: {
          tags: ['calls'],
          summary: 'One call with its timing and what each meter cost',
          params: z.object({ id: z.uuid() }),
          response: { 200: CallDetail, 400: ApiError, 401: ApiError, 404: ApiError, 503: ApiError },
        },
      },
      async (request, reply) => {
        const signal = abortOnDisconnect(reply);
        const id = request.params.id.toLowerCase();
        const around = hoursAround(id);
        for (const range of around === undefined ? [undefined] : [around, undefined]) {
          const [row] = await events.query({ ...callSql(id, range), schema: StoredDetail, signal });
          if (row !== undefined) return callDetail(row);
        }
        throw errCallNotFound(`no call ${id} is stored`, {
          hint: 'it may still be in a sidecar’s spool (see /api/v1/completeness), or past its retention',
        });
      },
    );
  };
}

function callDetail(row: z.infer<typeof StoredDetail>): CallDetail {
  const numbers = Object.fromEntries(QUOTED.map((name) => [name, Number(row[name])]));
  return CallDetail.parse({
    ...row,
    ...numbers,
    cost_lines: row.cost_meters.map((meter, index) => ({
      meter,
      quantity: row.cost_quantities[index],
      unit_price_usd: row.cost_unit_prices_usd[index],
      per: row.cost_pers[index],
      cost_usd: row.cost_amounts_usd[index],
    })),
  });
}
