// What the built-in timing server tells of itself, held against what the client saw: where the time between a planned write and
// its arrival went. Null where the target is another server.
import type { CallRecord, CallTruth } from '../measure/call-record.ts';
import { nearestRank, sortedCopy } from '../measure/percentile.ts';
import type { MeasuredCall } from '../measure/run-figures.ts';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface ToldTruth {
  readonly calls: number;
  /** First event's arrival seen by the client − its write told by the server. */
  readonly arrivalErrorMs: Spread;
  /** Request seen by the server − request sent by the client. */
  readonly requestWayMs: Spread;
  /** First event written − when it was due. */
  readonly serverLateMs: Spread;
}

/** One of the headline figures: what was reported, and what it was by the server's own clock, late writes included. */
export interface TrueFigure {
  readonly figure: string;
  readonly measuredMs: number;
  readonly servedMs: number;
}

export function toldTruthOf(calls: readonly CallRecord[]): ToldTruth | null {
  const told = calls.flatMap((call) =>
    call.error === null && call.truth !== null ? [[call, call.truth] as const] : [],
  );
  if (told.length === 0) return null;
  const spread = (pick: (call: CallRecord, truth: CallTruth) => number): Spread =>
    spreadOf(told.map(([call, truth]) => pick(call, truth)));
  return {
    calls: told.length,
    arrivalErrorMs: spread((call, truth) => (call.eventMs[0] ?? Number.NaN) - truth.firstWrittenMs),
    requestWayMs: spread((call, truth) => truth.receivedMs - call.sentMs),
    serverLateMs: spread((_call, truth) => truth.firstWrittenMs - truth.firstDueMs),
  };
}

/** p50 and p99 of TTFT, TPOT and E2E against the same percentiles of what the server did. Empty for other servers. */
export function trueFigures(measured: readonly MeasuredCall[]): TrueFigure[] {
  const told = measured.flatMap(({ call, metrics }) =>
    call.error === null && call.truth !== null ? [{ call, metrics, truth: call.truth }] : [],
  );
  if (told.length === 0 || told.length < measured.filter(({ call }) => call.error === null).length) return [];
  const pairs = [
    [
      'ttft',
      told.map(({ metrics }) => metrics.ttftMs),
      told.map(({ truth }) => truth.firstWrittenMs - truth.receivedMs),
    ],
    [
      'tpot',
      told.map(({ metrics }) => metrics.tpotMs),
      told.map(({ call, truth }) => servedTpotMs(call, truth)),
    ],
    [
      'e2e',
      told.map(({ metrics }) => metrics.e2eMs),
      told.map(({ truth }) => truth.lastWrittenMs - truth.receivedMs),
    ],
  ] as const;
  return pairs.flatMap(([name, measuredMs, servedMs]) => {
    const [seen, served] = [sortedNumbers(measuredMs), sortedNumbers(servedMs)];
    if (seen.length === 0) return [];
    return (
      [
        ['p50', 0.5],
        ['p99', 0.99],
      ] as const
    ).map(([stat, fraction]) => ({
      figure: `${name} ${stat}`,
      measuredMs: nearestRank(seen, fraction),
      servedMs: nearestRank(served, fraction),
    }));
  });
}

function servedTpotMs(call: CallRecord, truth: CallTruth): number {
  const laterTokens = call.outputTokens - (call.eventTokens[0] ?? 0);
  return laterTokens > 0 ? (truth.lastWrittenMs - truth.firstWrittenMs) / laterTokens : Number.NaN;
}

function sortedNumbers(values: readonly number[]): Float64Array {
  return sortedCopy(values.filter((value) => !Number.isNaN(value)));
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = sortedNumbers(values);
  return { p50: nearestRank(sorted, 0.5), p99: nearestRank(sorted, 0.99), max: nearestRank(sorted, 1) };
}
