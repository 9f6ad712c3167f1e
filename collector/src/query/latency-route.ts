// GET /latency: quantiles of duration, time to first token, time per output token and our own overhead.
import {
  ApiError,
  LatencyAnswer,
  type LatencyDimension,
  LatencyQuery,
  type LatencyRow,
} from '@tollgate/contract';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { abortOnDisconnect } from '../reading/abort-on-disconnect.ts';
import { readRange } from '../reading/time-range.ts';
import { latencySql } from './latency-sql.ts';
import type { QueryDeps } from './query-deps.ts';

const count = z.coerce.number();
const levels = z.array(z.number().nullable());
const StoredRow = z.looseObject({
  slot: z.string().optional(),
  total_calls: count,
  total_errors: count,
  duration_ms: levels,
  duration_ms_n: count,
  ttft_ms: levels,
  ttft_ms_n: count,
  tpot_ms: levels,
  tpot_ms_n: count,
  overhead_ms: levels,
  overhead_ms_n: count,
});

export function latencyRoute({ events, rangeGuard }: QueryDeps) {
  return async (instance: FastifyInstance): Promise<void> => {
    instance.withTypeProvider<ZodTypeProvider>().get(
      '/latency',
      {
        schema: {
          tags: ['latency'],
          summary: 'Latency quantiles in milliseconds, grouped and over time',
          querystring: LatencyQuery,
          response: {
            200: LatencyAnswer,
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
        const rows = await events.query({ ...latencySql(request.query, range), schema: StoredRow, signal });
        const dimensions = request.query.group_by ?? [];
        return { rows: rows.filter((row) => row.total_calls > 0).map((row) => latencyRow(row, dimensions)) };
      },
    );
  };
}

function latencyRow(row: z.infer<typeof StoredRow>, dimensions: readonly LatencyDimension[]): LatencyRow {
  return {
    ...(row.slot === undefined ? {} : { bucket: row.slot }),
    ...Object.fromEntries(dimensions.map((name) => [name, row[name]])),
    calls: row.total_calls,
    errors: row.total_errors,
    duration_ms: quantiles(row.duration_ms_n, row.duration_ms),
    ttft_ms: quantiles(row.ttft_ms_n, row.ttft_ms),
    tpot_ms: quantiles(row.tpot_ms_n, row.tpot_ms),
    overhead_ms: quantiles(row.overhead_ms_n, row.overhead_ms),
  };
}

/** A digest of nothing answers with NaN or null: both are null here. */
function quantiles(n: number, [p50, p95, p99]: readonly (number | null)[]): LatencyRow['duration_ms'] {
  const value = (level: number | null | undefined): number | null => (n === 0 ? null : (level ?? null));
  return { n, p50: value(p50), p95: value(p95), p99: value(p99) };
}
