// Makes one batch durable: prices it, writes every table under the batch's token, and answers the same however often it is asked.
import type { Clock } from '@tollgate/service-kit/clock';
import type { Logger } from '@tollgate/service-kit/logger';
import type { AuditPort } from '../audit-port.ts';
import type { PriceBook } from '../pricing/price-book.ts';
import { priceCall } from '../pricing/price-call.ts';
import type { BatchLedger, StoredBatch } from '../storage/batch-ledger.ts';
import type { ChangeFeed } from '../storage/change-feed.ts';
import type { EventsStore, EventsTable } from '../storage/events-store.ts';
import { sqlTimeAt } from '../storage/sql-time.ts';
import { type DeriveAuditEventsOptions, deriveAuditEvents } from './derive-audit-events.ts';
import { type EventLines, readEventLines, type UnstorableLine } from './event-lines.ts';
import {
  type BatchStamp,
  callRow,
  type EventRow,
  findingRow,
  gpuSampleRow,
  rejectedLineRow,
  reportRows,
} from './event-rows.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import { insertRows } from './insert-rows.ts';
import { callsStillToStore } from './replay-filter.ts';

export interface BatchStoreDeps {
  readonly events: EventsStore;
  readonly ledger: BatchLedger;
  readonly prices: PriceBook;
  readonly audit: AuditPort;
  readonly auditDerivation: DeriveAuditEventsOptions;
  readonly changes: ChangeFeed;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Batch {
  readonly batchId: string;
  /** True when the batch may repeat calls of other batches. */
  readonly replay: boolean;
  readonly text: string;
}

export interface BatchStore {
  /** Resolves once everything is durable. Throws TG_EVENTS_STORE_UNAVAILABLE: send the same batch again later. */
  readonly store: (batch: Batch) => Promise<StoredBatch>;
}

export function createBatchStore(deps: BatchStoreDeps): BatchStore {
  const running = new Map<string, Promise<StoredBatch>>();
  return {
    store: (batch) => {
      const same = running.get(batch.batchId);
      if (same !== undefined) return same;
      const work = storeOnce(deps, batch).finally(() => running.delete(batch.batchId));
      running.set(batch.batchId, work);
      return work;
    },
  };
}

async function storeOnce(deps: BatchStoreDeps, batch: Batch): Promise<StoredBatch> {
  const { batchId } = batch;
  const known = await deps.ledger.find(batchId);
  if (known !== undefined) return known;
  const nowMicros = deps.clock.nowMicros();
  const stamp: BatchStamp = { batchId, ingestedAt: sqlTimeAt(nowMicros) };
  const lines = readEventLines(batch.text, nowMicros / 1000);
  const calls = batch.replay ? await callsStillToStore(deps.events, batchId, lines.calls) : [...lines.calls];
  const refused = await writeTables(deps, { ...lines, calls }, stamp);
  const unstorable = [...lines.unstorable, ...refused];
  await insertRows({
    events: deps.events,
    table: 'rejected_lines',
    token: `${batchId}:rejected_lines`,
    sources: unstorable,
    toRow: (line) => rejectedLineRow(line, stamp),
  });
  await appendAudit(deps, lines, batchId);
  const stored: StoredBatch = {
    accepted: eventCount(lines) - refused.length,
    rejected: unstorable.map(({ line, problems }) => ({ line, problems: [...problems] })),
  };
  await deps.ledger.record(batchId, stored);
  if (unstorable.length > 0) {
    deps.log.warn(
      { batchId, lines: unstorable.length, first: unstorable[0]?.problems },
      'ingest.lines_rejected',
    );
  }
  deps.metrics.rejectedLines(unstorable.length);
  deps.changes.bump();
  return stored;
}

async function writeTables(
  deps: BatchStoreDeps,
  lines: EventLines,
  stamp: BatchStamp,
): Promise<UnstorableLine[]> {
  const { events } = deps;
  const write = async <Source extends object>(
    table: EventsTable,
    sources: readonly Source[],
    toRow: (source: Source) => EventRow,
  ): Promise<UnstorableLine[]> => {
    const refused = await insertRows({ events, table, token: `${stamp.batchId}:${table}`, sources, toRow });
    deps.metrics.rowsStored(table, sources.length - refused.length);
    return refused.map(({ source, problem }) => ({
      line: lines.lineOf.get(source) ?? 1,
      problems: [problem],
      text: JSON.stringify(source),
    }));
  };
  const settled = await Promise.allSettled([
    write('llm_calls', lines.calls, (call) => {
      const cost = priceCall(call, deps.prices);
      if (cost.costPicoUsd === null) deps.metrics.unpricedCall();
      return callRow(call, cost, stamp);
    }),
    write('filter_findings', lines.findings, (finding) => findingRow(finding, stamp)),
    write('gpu_samples', lines.gpuSamples, gpuSampleRow),
    write('sidecar_reports', reportRows(lines.reports), (row) => row),
  ]);
  return settled.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function appendAudit(deps: BatchStoreDeps, lines: EventLines, batchId: string): Promise<void> {
  const events = [...lines.auditEvents, ...deriveAuditEvents(lines, deps.auditDerivation)];
  if (events.length > 0) await deps.audit.appendBatch({ batchId, events });
}

function eventCount(lines: EventLines): number {
  return (
    lines.calls.length +
    lines.findings.length +
    lines.auditEvents.length +
    lines.gpuSamples.length +
    lines.reports.length
  );
}
