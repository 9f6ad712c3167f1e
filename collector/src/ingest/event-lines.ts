// Reads an NDJSON batch line by line: what can be stored, sorted by kind, and what never can, with the reasons.
import {
  type AuditEvent,
  type FilterFinding,
  type GpuSample,
  type LlmCall,
  type SidecarReport,
  TollgateEvent,
} from '@tollgate/contract';
import type { z } from 'zod';

export interface UnstorableLine {
  /** Counted from 1. */
  readonly line: number;
  readonly problems: readonly string[];
  readonly text: string;
}

export interface EventLines {
  readonly calls: readonly LlmCall[];
  readonly findings: readonly FilterFinding[];
  readonly auditEvents: readonly AuditEvent[];
  readonly gpuSamples: readonly GpuSample[];
  readonly reports: readonly SidecarReport[];
  readonly unstorable: readonly UnstorableLine[];
  /** Where an event stood in the batch, counted from 1. */
  readonly lineOf: ReadonlyMap<object, number>;
}

const EARLIEST_MS = Date.UTC(2000, 0, 1);
const MAX_CLOCK_AHEAD_MS = 86_400_000;
/** Of one line; a line of a million wrong tags is answered as briefly as any other. */
const MAX_PROBLEMS = 10;
const MAX_PROBLEM_CHARACTERS = 300;
const SURROGATE_ESCAPE = /\\ud[89a-f]/i;

/** `nowMs` bounds how far ahead a sidecar's clock may be: a day. Empty lines are passed over. */
export function readEventLines(text: string, nowMs: number): EventLines {
  const calls: LlmCall[] = [];
  const findings: FilterFinding[] = [];
  const auditEvents: AuditEvent[] = [];
  const gpuSamples: GpuSample[] = [];
  const reports: SidecarReport[] = [];
  const unstorable: UnstorableLine[] = [];
  const lineOf = new Map<object, number>();
  const latestMs = nowMs + MAX_CLOCK_AHEAD_MS;
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const read = readLine(line, latestMs);
    if ('problems' in read) {
      unstorable.push({ line: index + 1, problems: read.problems, text: line });
      return;
    }
    const { event } = read;
    lineOf.set(event, index + 1);
    switch (event.kind) {
      case 'llm_call':
        calls.push(event);
        break;
      case 'filter_finding':
        findings.push(event);
        break;
      case 'audit_event':
        auditEvents.push(event);
        break;
      case 'gpu_sample':
        gpuSamples.push(event);
        break;
      case 'sidecar_report':
        reports.push(event);
        break;
    }
  });
  return { calls, findings, auditEvents, gpuSamples, reports, unstorable, lineOf };
}

type ReadLine = { readonly event: TollgateEvent } | { readonly problems: string[] };

function readLine(line: string, latestMs: number): ReadLine {
  let value: unknown;
  try {
    value = JSON.parse(line, SURROGATE_ESCAPE.test(line) ? wellFormed : undefined);
  } catch (error) {
    return { problems: [`not valid JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const result = TollgateEvent.safeParse(value);
  if (!result.success) {
    return { problems: problemsOf(result.error.issues) };
  }
  const problems = timesOf(result.data).flatMap(([field, time]) => timeProblem(field, time, latestMs));
  return problems.length === 0 ? { event: result.data } : { problems };
}

function problemsOf(issues: readonly z.core.$ZodIssue[]): string[] {
  const shown = issues
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
    .map((problem) => problem.slice(0, MAX_PROBLEM_CHARACTERS).toWellFormed());
  const more = issues.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

/** Half of a surrogate pair is no text that a database can hold, neither as a value nor as a key. */
function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (entries.every(([key]) => key.isWellFormed())) return value;
  return Object.fromEntries(entries.map(([key, each]) => [key.toWellFormed(), each]));
}

function timesOf(event: TollgateEvent): [string, string][] {
  switch (event.kind) {
    case 'llm_call':
      return [['started_at', event.started_at]];
    case 'gpu_sample':
      return [['sampled_at', event.sampled_at]];
    case 'sidecar_report':
      return [
        ['reported_at', event.reported_at],
        ['booted_at', event.booted_at],
      ];
    default:
      return [['occurred_at', event.occurred_at]];
  }
}

function timeProblem(field: string, time: string, latestMs: number): string[] {
  const ms = Date.parse(time);
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== time.slice(0, 19)) {
    return [`${field}: no such time`];
  }
  if (ms < EARLIEST_MS) return [`${field}: before the year 2000`];
  return ms > latestMs ? [`${field}: more than a day in the future`] : [];
}
