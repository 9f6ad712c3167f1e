// The definitions of docs/load-testing.md, computed from one record. Pure; NaN where a call has no such figure.
import type { CallRecord } from './call-record.ts';

export interface CallMetrics {
  /** t_1 − t_send */
  readonly ttftMs: number;
  /** t_1 − t_scheduled */
  readonly ttftScheduledMs: number;
  /** First answer (non-reasoning) event − t_send */
  readonly ttfoMs: number;
  /** t_2 − t_1 */
  readonly ttstMs: number;
  /** (t_K − t_1) / (N − n_1) */
  readonly tpotMs: number;
  readonly longestStallMs: number;
  /** t_K − t_send */
  readonly e2eMs: number;
  readonly e2eScheduledMs: number;
  /** Stream close − t_send */
  readonly closeMs: number;
  /** 1 / TPOT, tokens per second, as AIPerf's output_token_throughput_per_user; NaN where all events came in one burst. */
  readonly tpsPerUser: number;
  /** N / E2E, tokens per second */
  readonly tpsPerCall: number;
  readonly sendLagMs: number;
}

/**
 * Events that follow the first within this time came in one read, or in reads back to back: they tell when something before the
 * client let go of them, not how fast they were made. Divided by, such times gave means far above any server's speed.
 */
const BURST_MS = 1;

export function computeCallMetrics(call: CallRecord): CallMetrics {
  const { eventMs, eventTokens, sentMs, scheduledMs } = call;
  const failed = call.error !== null;
  const first = failed ? Number.NaN : (eventMs[0] ?? Number.NaN);
  const last = failed ? Number.NaN : (eventMs[eventMs.length - 1] ?? Number.NaN);
  const laterTokens = call.outputTokens - (eventTokens[0] ?? 0);
  const tpotMs = laterTokens > 0 && eventMs.length > 1 ? (last - first) / laterTokens : Number.NaN;
  const e2eMs = last - sentMs;
  return {
    ttftMs: first - sentMs,
    ttftScheduledMs: first - scheduledMs,
    ttfoMs: failed ? Number.NaN : call.firstAnswerMs - sentMs,
    ttstMs: failed ? Number.NaN : (eventMs[1] ?? Number.NaN) - first,
    tpotMs,
    longestStallMs: failed ? Number.NaN : longestGap(eventMs),
    e2eMs,
    e2eScheduledMs: last - scheduledMs,
    closeMs: failed ? Number.NaN : call.closedMs - sentMs,
    tpsPerUser: tpotMs > 0 && last - first >= BURST_MS ? 1000 / tpotMs : Number.NaN,
    tpsPerCall: e2eMs > 0 ? (call.outputTokens * 1000) / e2eMs : Number.NaN,
    sendLagMs: sentMs - scheduledMs,
  };
}

function longestGap(eventMs: Float64Array): number {
  if (eventMs.length < 2) return Number.NaN;
  let longest = 0;
  for (let index = 1; index < eventMs.length; index += 1) {
    longest = Math.max(longest, (eventMs[index] ?? 0) - (eventMs[index - 1] ?? 0));
  }
  return longest;
}
