// The kinds of event a sidecar records, and how they are counted. Knows nothing of files or of the network.
import type { LlmCall, TollgateEvent } from '@tollgate/contract';

export type EventKind = TollgateEvent['kind'];

/** A call before the recorder numbers it. */
export type FinishedCall = Omit<LlmCall, 'seq' | 'sidecar_id' | 'boot_id'>;
export type OtherEvent = Exclude<TollgateEvent, { kind: 'llm_call' }>;

/** Events by kind; a kind that is missing counts 0. */
export type KindCounts = Partial<Record<EventKind, number>>;

export const EVENT_KINDS: readonly EventKind[] = [
  'llm_call',
  'filter_finding',
  'audit_event',
  'gpu_sample',
  'sidecar_report',
];

export function addCounts(target: KindCounts, counts: KindCounts, sign: 1 | -1 = 1): void {
  for (const kind of EVENT_KINDS) {
    const count = counts[kind];
    if (count !== undefined) target[kind] = (target[kind] ?? 0) + sign * count;
  }
}

export function totalCount(counts: KindCounts): number {
  return EVENT_KINDS.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);
}

/** One event, encoded as a line without its line feed. Every line starts with its kind: `{"kind":"llm_call",…`. */
export interface EncodedEvent {
  readonly kind: EventKind;
  readonly line: string;
}

/** Counts the whole lines of NDJSON by the kind that each starts with. */
export function countLines(ndjson: Buffer): KindCounts {
  const counts: KindCounts = {};
  let start = 0;
  for (let end = ndjson.indexOf(0x0a); end >= 0; end = ndjson.indexOf(0x0a, start)) {
    const head = ndjson.toString('latin1', start, Math.min(end, start + 40));
    const kind = EVENT_KINDS.find((known) => head.startsWith(`{"kind":"${known}"`));
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
    start = end + 1;
  }
  return counts;
}
