// One line a call: CSV for a spreadsheet, JSONL with the time of every event for anybody who wants to compute it again.

import { computeCallMetrics } from '../measure/call-metrics.ts';
import type { CallRecord } from '../measure/call-record.ts';

const COLUMNS = [
  'index',
  'arm',
  'block',
  'worker',
  'session',
  'turn',
  'scheduled_ms',
  'sent_ms',
  'ttft_ms',
  'ttft_scheduled_ms',
  'ttfo_ms',
  'ttst_ms',
  'tpot_ms',
  'stall_ms',
  'e2e_ms',
  'e2e_scheduled_ms',
  'close_ms',
  'events',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'token_source',
  'fresh_connection',
  'connect_ms',
  'status',
  'finish_reason',
  'error',
] as const;

/** Pieces of a file: a long run's calls are more than one string can hold. */
export function* csvOfCalls(records: readonly CallRecord[]): Generator<string> {
  yield `${COLUMNS.join(',')}\n`;
  yield* inPieces(records, (call) => {
    const metrics = computeCallMetrics(call);
    const cells: readonly (string | number | boolean | null)[] = [
      call.index,
      call.arm,
      call.block,
      call.worker,
      call.session,
      call.turn,
      call.scheduledMs,
      call.sentMs,
      metrics.ttftMs,
      metrics.ttftScheduledMs,
      metrics.ttfoMs,
      metrics.ttstMs,
      metrics.tpotMs,
      metrics.longestStallMs,
      metrics.e2eMs,
      metrics.e2eScheduledMs,
      metrics.closeMs,
      call.eventMs.length,
      call.inputTokens,
      call.cachedInputTokens,
      call.outputTokens,
      call.reasoningTokens,
      call.tokenSource,
      call.freshConnection,
      call.connectMs,
      call.status,
      call.finishReason,
      call.error?.kind ?? null,
    ];
    return cells.map(csvCell).join(',');
  });
}

const LINES_A_PIECE = 500;

function* inPieces(records: readonly CallRecord[], line: (call: CallRecord) => string): Generator<string> {
  for (let from = 0; from < records.length; from += LINES_A_PIECE) {
    yield `${records
      .slice(from, from + LINES_A_PIECE)
      .map(line)
      .join('\n')}\n`;
  }
}

/** Cells that a spreadsheet could take for a formula are quoted with an apostrophe before them. */
function csvCell(value: string | number | boolean | null): string {
  if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function jsonLinesOfCalls(records: readonly CallRecord[]): Generator<string> {
  return inPieces(records, ({ eventMs, eventTokens, truth, ...rest }) =>
    JSON.stringify({
      ...rest,
      eventMs: Array.from(eventMs),
      eventTokens: Array.from(eventTokens),
      ...(truth === null ? {} : { truth }),
    }),
  );
}
