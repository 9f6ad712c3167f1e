// GPUs as NVML saw them: the newest sample of each in the range, and means over time.
import { GpuSample, type GpusAnswer, type GpusQuery } from '@tollgate/contract';
import { z } from 'zod';
import { bucketOf, createBinder, inRange } from '../reading/sql-parts.ts';
import { readRange } from '../reading/time-range.ts';
import type { EventsStore } from '../storage/events-store.ts';

const mean = z.number().nullable();
const SeriesRow = z.object({
  gpu_uuid: z.string(),
  bucket: z.string(),
  utilization_pct: mean,
  memory_used_bytes: mean,
  power_watts: mean,
  temperature_celsius: mean,
});
const MINUTES_UP_TO_MS = 6 * 3_600_000;
const HOURS_UP_TO_MS = 14 * 86_400_000;

export async function listGpus(
  events: Pick<EventsStore, 'query'>,
  query: GpusQuery,
  signal: AbortSignal,
): Promise<GpusAnswer> {
  const range = readRange(query);
  const newest = createBinder();
  const gpus = await events.query({
    sql: `SELECT * FROM gpu_samples FINAL WHERE ${inRange(newest, 'sampled_at', range)}
      ORDER BY sampled_at DESC LIMIT 1 BY host, gpu_uuid, mig_uuid LIMIT 1000`,
    params: newest.params(),
    schema: GpuSample,
    signal,
  });
  const lengthMs = (range.to - range.from) / 1000;
  const interval = lengthMs <= MINUTES_UP_TO_MS ? 'minute' : lengthMs <= HOURS_UP_TO_MS ? 'hour' : 'day';
  const overTime = createBinder();
  const series = await events.query({
    sql: `SELECT if(mig_uuid = '', gpu_uuid, mig_uuid) AS gpu_uuid, ${bucketOf(query.interval ?? interval, 'sampled_at')} AS bucket,
        avg(utilization_pct) AS utilization_pct, avg(memory_used_bytes) AS memory_used_bytes,
        avg(power_watts) AS power_watts, avg(temperature_celsius) AS temperature_celsius
      FROM gpu_samples FINAL WHERE ${inRange(overTime, 'sampled_at', range)}
      GROUP BY gpu_samples.gpu_uuid, mig_uuid, bucket ORDER BY bucket LIMIT 50000`,
    params: overTime.params(),
    schema: SeriesRow,
    signal,
  });
  return { gpus, series };
}
