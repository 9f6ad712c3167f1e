// The ingest protocol: POST /v1/events takes NDJSON, one event a line; the answer is sent after the rows are durable.
import { z } from 'zod';
import { AuditEvent } from './audit-event.ts';
import { FilterFinding } from './filter-finding.ts';
import { GpuSample } from './gpu-sample.ts';
import { LlmCall } from './llm-call.ts';
import { SidecarReport } from './sidecar-report.ts';

export const LlmCallEvent = LlmCall.extend({ kind: z.literal('llm_call') });
export const FilterFindingEvent = FilterFinding.extend({ kind: z.literal('filter_finding') });
export const AuditEventEvent = AuditEvent.extend({ kind: z.literal('audit_event') });
export const GpuSampleEvent = GpuSample.extend({ kind: z.literal('gpu_sample') });
export const SidecarReportEvent = SidecarReport.extend({ kind: z.literal('sidecar_report') });

/** One line of an ingest batch. */
export const TollgateEvent = z.discriminatedUnion('kind', [
  LlmCallEvent,
  FilterFindingEvent,
  AuditEventEvent,
  GpuSampleEvent,
  SidecarReportEvent,
]);
export type TollgateEvent = z.infer<typeof TollgateEvent>;

export const INGEST_PATH = '/v1/events';
/** The same id is sent with every retry of a batch, whose bytes never change: that makes a retry idempotent. */
export const BATCH_ID_HEADER = 'x-tollgate-batch-id';
export const BatchId = z.string().regex(/^[A-Za-z0-9._:-]{1,128}$/);
/** `1` when a batch may repeat calls that an earlier batch of another id carried (a spool read again after a crash). */
export const REPLAY_HEADER = 'x-tollgate-replay';
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;
/** More than valid events fit into the bytes; a bound on what empty and broken lines can cost. */
export const MAX_BATCH_LINES = 100_000;

/** A line that can never be stored. It is kept aside by the collector and must not be sent again. */
export const RejectedLine = z.object({ line: z.int().positive(), problems: z.array(z.string()) });

export const IngestAck = z.object({
  batch_id: BatchId,
  accepted: z.int().nonnegative(),
  rejected: z.array(RejectedLine),
});
export type IngestAck = z.infer<typeof IngestAck>;
