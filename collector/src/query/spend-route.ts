// GET /spend: what was spent, by whom, on what, when. Sums only; it prices nothing.
import {
  ApiError,
  formatUsd,
  parseUsd,
  SpendAnswer,
  type SpendDimension,
  SpendQuery,
  type SpendRow,
} from '@tollgate/contract';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import { readRange } from '../reading/time-range.ts';
import { completenessOf, sumOf } from './completeness.ts';
import type { QueryDeps } from './query-deps.ts';
import { spendSql } from './spend-sql.ts';

const count = z.coerce.number();
const StoredRow = z
  .object({
    slot: z.string().optional(),
    total_calls: count,
    total_errors: count,
    total_unpriced_calls: count,
    total_input_tokens: count,
    total_cached_input_tokens: count,
    total_output_tokens: count,
    total_reasoning_tokens: count,
    total_priced_cost_usd: z.string(),
  })
  .catchall(z.string());

export function spendRoute({ events, rangeGuard }: QueryDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    instance.withTypeProvider<ZodTypeProvider>().get(
      '/spend',
      {
        schema: {
          tags: ['money'],
          summary: 'Calls, tokens and cost, grouped and over time',
          querystring: SpendQuery,
          response: {
            200: SpendAnswer,
            400: ApiError,
            401: ApiError,
            422: ApiError,
            503: ApiError,
            504: ApiError,
          },
        },
      },
      async (request, reply) => {
        const range = readRange(request.query);
        const signal = abortOnDisconnect(reply);
        await rangeGuard.check(range, request.query.interval, signal);
        const [rows, boots] = await Promise.all([
          events.query({ ...spendSql(request.query, range), schema: StoredRow, signal }),
          completenessOf(events, range, signal),
        ]);
        const dimensions = request.query.group_by ?? [];
        return { rows: rows.flatMap((row) => spendRow(row, dimensions)), completeness: sumOf(boots) };
      },
    );
  };
}

function spendRow(row: z.infer<typeof StoredRow>, dimensions: readonly SpendDimension[]): SpendRow[] {
  if (row.total_calls === 0) return [];
  return [
    {
      ...(row.slot === undefined ? {} : { bucket: row.slot }),
      ...Object.fromEntries(dimensions.map((name) => [name, row[name] ?? ''])),
      calls: row.total_calls,
      errors: row.total_errors,
      unpriced_calls: row.total_unpriced_calls,
      input_tokens: row.total_input_tokens,
      cached_input_tokens: row.total_cached_input_tokens,
      output_tokens: row.total_output_tokens,
      reasoning_tokens: row.total_reasoning_tokens,
      cost_usd: formatUsd(parseUsd(row.total_priced_cost_usd)),
    },
  ];
}
