// The same run as other tools would define it, from the same raw events: where their numbers differ from ours, this says why.
import type { CallRecord } from '../measure/call-record.ts';
import { linearPercentile, nearestRank, sortedCopy } from '../measure/percentile.ts';
import { formatFigure } from './format-figure.ts';

export type OtherTool = 'aiperf' | 'vllm' | 'guidellm' | 'loadgen';

export interface OtherMeasure {
  readonly name: string;
  readonly values: readonly number[];
}

export interface OtherDefinition {
  readonly percentile: 'linear' | 'nearest';
  readonly notes: string;
  readonly measures: (calls: readonly CallRecord[]) => readonly OtherMeasure[];
}

const first = (call: CallRecord): number => call.eventMs[0] ?? Number.NaN;
const last = (call: CallRecord): number => call.eventMs[call.eventMs.length - 1] ?? Number.NaN;
const gaps = (call: CallRecord, from: number): number[] =>
  Array.from(call.eventMs, (ms, index) => ms - (index === 0 ? from : (call.eventMs[index - 1] ?? ms))).filter(
    (_, index) => index > 0 || from !== first(call),
  );

export const OTHER_DEFINITIONS: Readonly<Record<OtherTool, OtherDefinition>> = {
  aiperf: {
    percentile: 'linear',
    notes: 'TTFT to the first non-empty chunk, reasoning included; ITL = (request latency − TTFT) ÷ (N − 1)',
    measures: (calls) => [
      { name: 'Time to First Token (ms)', values: calls.map((call) => first(call) - call.sentMs) },
      {
        name: 'Time to First Output Token (ms)',
        values: calls.map((call) => call.firstAnswerMs - call.sentMs),
      },
      {
        name: 'Inter Token Latency (ms)',
        values: calls.map((call) => perLaterToken(last(call) - first(call), call)),
      },
      { name: 'Request Latency (ms)', values: calls.map((call) => last(call) - call.sentMs) },
    ],
  },
  vllm: {
    percentile: 'linear',
    notes:
      'TTFT to the first chunk with choices, role-only ones too; TPOT = (latency − TTFT) ÷ (N − 1), 0 when N ≤ 1; ITL pools the gaps between chunks',
    measures: (calls) => [
      { name: 'TTFT (ms)', values: calls.map((call) => call.firstChoiceMs - call.sentMs) },
      {
        name: 'TPOT (ms)',
        values: calls.map((call) =>
          call.outputTokens > 1 ? (last(call) - call.firstChoiceMs) / (call.outputTokens - 1) : 0,
        ),
      },
      { name: 'ITL (ms)', values: calls.flatMap((call) => gaps(call, call.firstChoiceMs)) },
      { name: 'E2EL (ms)', values: calls.map((call) => last(call) - call.sentMs) },
    ],
  },
  guidellm: {
    percentile: 'linear',
    notes:
      'latency to the end of the stream; TPOT includes the first token and divides by N; ITL divides by N − 1',
    measures: (calls) => [
      { name: 'TTFT (ms)', values: calls.map((call) => first(call) - call.sentMs) },
      {
        name: 'TPOT (ms)',
        values: calls.map((call) =>
          call.outputTokens > 0 ? (last(call) - call.sentMs) / call.outputTokens : Number.NaN,
        ),
      },
      { name: 'ITL (ms)', values: calls.map((call) => perLaterToken(last(call) - first(call), call)) },
      { name: 'Request latency (ms)', values: calls.map((call) => call.closedMs - call.sentMs) },
    ],
  },
  loadgen: {
    percentile: 'nearest',
    notes: 'everything from the schedule; TPOT divides by N − 1',
    measures: (calls) => [
      { name: 'First token latency (ms)', values: calls.map((call) => first(call) - call.scheduledMs) },
      {
        name: 'Time per output token (ms)',
        values: calls.map((call) => perLaterToken(last(call) - first(call), call)),
      },
      { name: 'Sample latency (ms)', values: calls.map((call) => last(call) - call.scheduledMs) },
    ],
  },
};

function perLaterToken(ms: number, call: CallRecord): number {
  return call.outputTokens > 1 ? ms / (call.outputTokens - 1) : Number.NaN;
}

export function formatOtherDefinition(tool: OtherTool, records: readonly CallRecord[]): string {
  const { percentile, notes, measures } = OTHER_DEFINITIONS[tool];
  const at = percentile === 'linear' ? linearPercentile : nearestRank;
  const lines = measures(records.filter((call) => call.error === null)).map(({ name, values }) => {
    const sorted = sortedCopy(values.filter((value) => !Number.isNaN(value)));
    const mean = sorted.length === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    const figures = [
      mean,
      ...[0.5, 0.9, 0.95, 0.99].map((fraction) => (sorted.length === 0 ? null : at(sorted, fraction))),
    ];
    return `${name.padEnd(34)}${figures.map((value) => formatFigure(value).padStart(10)).join('')}`;
  });
  const header = `${`as ${tool} defines it`.padEnd(34)}${['mean', 'p50', 'p90', 'p95', 'p99'].map((name) => name.padStart(10)).join('')}`;
  return `${[header, ...lines, `(${notes}; ${percentile === 'linear' ? 'interpolated percentiles' : 'nearest rank'})`, ''].join('\n')}\n`;
}
