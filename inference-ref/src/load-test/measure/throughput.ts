// Tokens and finished calls over time: one-second windows, the steady window's rate and the whole run's.
import type { CallRecord } from './call-record.ts';
import type { RunWindow } from './run-window.ts';

export interface TimeWindow {
  readonly fromMs: number;
  readonly finished: number;
  readonly errors: number;
  readonly outputTokens: number;
  /** Mean E2E from send of the calls that finished in it; null without any. */
  readonly meanE2eMs: number | null;
  readonly meanTtftMs: number | null;
  /** Calls in flight, on average over the window. */
  readonly inFlight: number;
}

export function windowsOf(records: readonly CallRecord[], widthMs: number, endMs: number): TimeWindow[] {
  const count = Math.max(1, Math.ceil(endMs / widthMs));
  const sums = Array.from({ length: count }, () => ({
    finished: 0,
    errors: 0,
    tokens: 0,
    e2e: 0,
    ttft: 0,
    ok: 0,
    inFlight: 0,
  }));
  const at = (ms: number): (typeof sums)[number] | undefined =>
    sums[Math.min(count - 1, Math.max(0, Math.floor(ms / widthMs)))];
  for (const call of records) {
    const finished = at(call.closedMs);
    if (finished !== undefined) {
      finished.finished += 1;
      if (call.error !== null) finished.errors += 1;
      else {
        finished.ok += 1;
        finished.e2e += (call.eventMs[call.eventMs.length - 1] ?? call.closedMs) - call.sentMs;
        finished.ttft += (call.eventMs[0] ?? call.closedMs) - call.sentMs;
      }
    }
    // As in the rates: what a failed call brought is no throughput.
    for (const [index, eventMs] of call.error === null ? call.eventMs.entries() : []) {
      const window = at(eventMs);
      if (window !== undefined) window.tokens += call.eventTokens[index] ?? 0;
    }
    const [fromMs, toMs] = [Math.max(0, call.scheduledMs), Math.min(call.closedMs, count * widthMs)];
    for (let index = Math.floor(fromMs / widthMs); index * widthMs < toMs; index += 1) {
      const window = sums[index];
      const overlapMs = Math.min(toMs, (index + 1) * widthMs) - Math.max(fromMs, index * widthMs);
      if (window !== undefined) window.inFlight += overlapMs / widthMs;
    }
  }
  return sums.map((sum, index) => ({
    fromMs: index * widthMs,
    finished: sum.finished,
    errors: sum.errors,
    outputTokens: sum.tokens,
    meanE2eMs: sum.ok === 0 ? null : sum.e2e / sum.ok,
    meanTtftMs: sum.ok === 0 ? null : sum.ttft / sum.ok,
    inFlight: sum.inFlight,
  }));
}

export interface SystemRates {
  /** Tokens of successful calls that arrived in the steady window ÷ its length. */
  readonly tokensPerSecond: number;
  readonly tokensPerSecondWholeRun: number;
  /** Successful calls that ended in the steady window ÷ its length. */
  readonly callsPerSecond: number;
  /** The steady window cut into equal parts, tokens per second in each: the spread behind an interval. */
  readonly batchTokensPerSecond: readonly number[];
  readonly batchCallsPerSecond: readonly number[];
}

const BATCHES = 10;

export function systemRates(records: readonly CallRecord[], window: RunWindow): SystemRates {
  const lengthMs = Math.max(1e-9, window.steadyToMs - window.steadyFromMs);
  const tokenBatches = new Float64Array(BATCHES);
  const callBatches = new Float64Array(BATCHES);
  let wholeTokens = 0;
  let endMs = 0;
  const batchOf = (ms: number): number =>
    ms < window.steadyFromMs || ms > window.steadyToMs
      ? -1
      : Math.min(BATCHES - 1, Math.floor(((ms - window.steadyFromMs) / lengthMs) * BATCHES));
  const addTo = (batches: Float64Array, ms: number, amount: number): void => {
    const batch = batchOf(ms);
    if (batch >= 0) batches[batch] = (batches[batch] ?? 0) + amount;
  };
  for (const call of records) {
    endMs = Math.max(endMs, call.closedMs);
    if (call.error !== null) continue;
    for (const [index, eventMs] of call.eventMs.entries()) {
      const tokens = call.eventTokens[index] ?? 0;
      wholeTokens += tokens;
      addTo(tokenBatches, eventMs, tokens);
    }
    addTo(callBatches, call.closedMs, 1);
  }
  const perSecond = (batches: Float64Array): number[] =>
    Array.from(batches, (sum) => (sum * 1000 * BATCHES) / lengthMs);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / BATCHES;
  const batchTokensPerSecond = perSecond(tokenBatches);
  const batchCallsPerSecond = perSecond(callBatches);
  return {
    tokensPerSecond: mean(batchTokensPerSecond),
    tokensPerSecondWholeRun: endMs === 0 ? 0 : (wholeTokens * 1000) / endMs,
    callsPerSecond: mean(batchCallsPerSecond),
    batchTokensPerSecond,
    batchCallsPerSecond,
  };
}
