// Events as rows of their tables. Adds what ingest knows (price, batch, time of storing); decides nothing.
import {
  type FilterFinding,
  formatUsd,
  type GpuSample,
  type LlmCall,
  type SidecarReport,
} from '@tollgate/contract';
import type { CallCost } from '../pricing/price-call.ts';
import { sqlTimeOf } from '../storage/sql-time.ts';
import type { UnstorableLine } from './event-lines.ts';

export type EventRow = Readonly<Record<string, unknown>>;

const MAX_QUARANTINED_CHARACTERS = 8_192;

/** What a batch gives each of its rows. */
export interface BatchStamp {
  readonly batchId: string;
  /** As ClickHouse reads it. */
  readonly ingestedAt: string;
}

export function callRow(call: LlmCall, cost: CallCost, stamp: BatchStamp): EventRow {
  return {
    ...call,
    kind: undefined,
    started_at: sqlTimeOf(call.started_at),
    model: call.response_model === '' ? call.requested_model : call.response_model,
    cost_usd: cost.costPicoUsd === null ? null : formatUsd(cost.costPicoUsd),
    cost_status: cost.status,
    price_version: cost.priceVersion,
    cost_meters: cost.lines.map((line) => line.meter),
    cost_quantities: cost.lines.map((line) => line.quantity),
    cost_unit_prices_usd: cost.lines.map((line) => formatUsd(line.unitPricePicoUsd)),
    cost_pers: cost.lines.map((line) => Number(line.perUnits)),
    cost_amounts_usd: cost.lines.map((line) => formatUsd(line.costPicoUsd)),
    batch_id: stamp.batchId,
    ingested_at: stamp.ingestedAt,
  };
}

export function findingRow(finding: FilterFinding, stamp: BatchStamp): EventRow {
  return {
    ...finding,
    kind: undefined,
    occurred_at: sqlTimeOf(finding.occurred_at),
    ingested_at: stamp.ingestedAt,
  };
}

export function gpuSampleRow(sample: GpuSample): EventRow {
  return { ...sample, kind: undefined, sampled_at: sqlTimeOf(sample.sampled_at) };
}

/** The newest report of each boot; older ones say nothing more. */
export function reportRows(reports: readonly SidecarReport[]): EventRow[] {
  const newest = new Map<string, SidecarReport>();
  for (const report of reports) {
    const known = newest.get(report.boot_id);
    if (known === undefined || Date.parse(report.reported_at) >= Date.parse(known.reported_at)) {
      newest.set(report.boot_id, report);
    }
  }
  return [...newest.values()].map((report) => ({
    ...report,
    kind: undefined,
    reported_at: sqlTimeOf(report.reported_at),
    booted_at: sqlTimeOf(report.booted_at),
  }));
}

export function rejectedLineRow(line: UnstorableLine, stamp: BatchStamp): EventRow {
  return {
    rejected_at: stamp.ingestedAt,
    batch_id: stamp.batchId,
    line: line.line,
    problems: line.problems,
    // The cut may part a surrogate pair.
    line_text: line.text.slice(0, MAX_QUARANTINED_CHARACTERS).toWellFormed(),
    line_bytes: Buffer.byteLength(line.text),
  };
}
