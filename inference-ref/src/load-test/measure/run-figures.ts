// Everything that is said of one run, computed from its records once. Pure: the same records give the same figures.

import { type CallMetrics, computeCallMetrics } from './call-metrics.ts';
import type { CallErrorKind, CallRecord } from './call-record.ts';
import { createGapPool, type GapPool, type GapSummary } from './gap-pool.ts';
import { CALL_MEASURES, type CallMeasureName } from './metric-catalog.ts';
import { type Summary, summarize } from './percentile.ts';
import { findRunWindow, inWindow, maximum, type RunWindow } from './run-window.ts';
import { detectSteadyState, type SteadyState } from './steady-state.ts';
import { type SystemRates, systemRates } from './throughput.ts';

export interface MeasuredCall {
  readonly call: CallRecord;
  readonly metrics: CallMetrics;
}

export interface RunFigures {
  readonly window: RunWindow;
  readonly endMs: number;
  /** Every call of the run, warm-up and cool-down included. */
  readonly records: readonly CallRecord[];
  /** The calls that count. */
  readonly measured: readonly MeasuredCall[];
  readonly errors: number;
  readonly errorsByKind: Readonly<Partial<Record<CallErrorKind, number>>>;
  readonly summaries: Readonly<Record<CallMeasureName, Summary>>;
  readonly itl: GapSummary;
  readonly icl: GapSummary;
  readonly gaps: GapPool;
  readonly connect: Summary;
  readonly ttftFresh: Summary;
  readonly ttftReused: Summary;
  readonly rates: SystemRates;
  readonly tokens: TokenTotals;
  readonly steadyState: SteadyState | null;
}

export interface TokenTotals {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly reasoning: number;
  readonly callsByTokenSource: Readonly<Record<string, number>>;
  readonly callsByEventTokenSource: Readonly<Record<string, number>>;
}

export interface RunFiguresOptions {
  readonly records: readonly CallRecord[];
  readonly warmupMs: number;
  readonly cooldownMs: number;
  readonly rampUpMs: number;
}

export function computeRunFigures(options: RunFiguresOptions): RunFigures {
  const { records } = options;
  const window = findRunWindow(options);
  const measured = records
    .filter((call) => inWindow(call, window))
    .map((call) => ({ call, metrics: computeCallMetrics(call) }));
  const gaps = createGapPool();
  for (const { call } of measured) gaps.add(call);
  const ttftOf = (fresh: boolean): number[] =>
    measured.filter(({ call }) => call.freshConnection === fresh).map(({ metrics }) => metrics.ttftMs);
  return {
    window,
    endMs: maximum(
      records.map((call) => call.closedMs),
      0,
    ),
    records,
    measured,
    errors: measured.filter(({ call }) => call.error !== null).length,
    errorsByKind: countErrors(measured),
    summaries: summarizeAll(measured),
    itl: gaps.itlSummary(),
    icl: gaps.iclSummary(),
    gaps,
    connect: summarize(measured.map(({ call }) => call.connectMs ?? Number.NaN)),
    ttftFresh: summarize(ttftOf(true)),
    ttftReused: summarize(ttftOf(false)),
    rates: systemRates(records, window),
    tokens: sumTokens(measured),
    steadyState: detectSteadyState(
      measured.map(({ metrics }) => metrics.ttftMs).filter((ms) => !Number.isNaN(ms)),
    ),
  };
}

function summarizeAll(measured: readonly MeasuredCall[]): Record<CallMeasureName, Summary> {
  const entries = CALL_MEASURES.map((measure) => [
    measure.name,
    summarize(measured.map(({ metrics }) => measure.value(metrics))),
  ]);
  return Object.fromEntries(entries) as Record<CallMeasureName, Summary>;
}

function countErrors(measured: readonly MeasuredCall[]): Partial<Record<CallErrorKind, number>> {
  const counts: Partial<Record<CallErrorKind, number>> = {};
  for (const { call } of measured) {
    if (call.error !== null) counts[call.error.kind] = (counts[call.error.kind] ?? 0) + 1;
  }
  return counts;
}

function sumTokens(measured: readonly MeasuredCall[]): TokenTotals {
  const bySource: Record<string, number> = {};
  const byEventSource: Record<string, number> = {};
  const total = { input: 0, cachedInput: 0, output: 0, reasoning: 0 };
  for (const { call } of measured) {
    total.input += call.inputTokens ?? 0;
    total.cachedInput += call.cachedInputTokens ?? 0;
    total.output += call.outputTokens;
    total.reasoning += call.reasoningTokens ?? 0;
    if (call.error !== null) continue;
    bySource[call.tokenSource] = (bySource[call.tokenSource] ?? 0) + 1;
    byEventSource[call.eventTokenSource] = (byEventSource[call.eventTokenSource] ?? 0) + 1;
  }
  return { ...total, callsByTokenSource: bySource, callsByEventTokenSource: byEventSource };
}
