// The collector's own counts of what it took in, by the names that alerts are written against.
import { TOLLGATE_METRICS } from '@tollgate/contract';
import { Counter, Histogram, type Registry } from 'prom-client';

export type BatchResult = 'stored' | 'unavailable' | 'busy' | 'invalid';

export interface IngestMetrics {
  readonly batch: (result: BatchResult, seconds: number) => void;
  readonly rowsStored: (table: string, rows: number) => void;
  readonly rejectedLines: (lines: number) => void;
  readonly unpricedCall: () => void;
}

export function createIngestMetrics(registry: Registry): IngestMetrics {
  const registers = [registry];
  const rows = new Counter({
    name: TOLLGATE_METRICS.rowsStored,
    help: 'Rows made durable, by table',
    labelNames: ['table'],
    registers,
  });
  const batches = new Counter({
    name: TOLLGATE_METRICS.batches,
    help: 'Batches received, by result: stored, unavailable, busy, invalid',
    labelNames: ['result'],
    registers,
  });
  const rejected = new Counter({
    name: TOLLGATE_METRICS.rejectedLines,
    help: 'Lines that can never be stored and were put into quarantine',
    registers,
  });
  const unpriced = new Counter({
    name: TOLLGATE_METRICS.unpricedCalls,
    help: 'Calls stored without a price',
    registers,
  });
  const seconds = new Histogram({
    name: TOLLGATE_METRICS.ingestSeconds,
    help: 'Time from a batch read to its acknowledgement',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return {
    batch: (result, elapsed) => {
      batches.inc({ result });
      if (result === 'stored') seconds.observe(elapsed);
    },
    rowsStored: (table, count) => {
      if (count > 0) rows.inc({ table }, count);
    },
    rejectedLines: (lines) => {
      if (lines > 0) rejected.inc(lines);
    },
    unpricedCall: () => unpriced.inc(),
  };
}
