// The table: what was measured, medians, and the ratio within a round with its spread.
import type { Arrivals } from './arrivals.ts';
import { describeMachine } from './machine-load.ts';
import type { Round } from './rounds.ts';
import { percentile, spreadOf } from './spread.ts';
import type { StreamedAnswer } from './streaming-client.ts';
import { STREAMS } from './workload.ts';

export interface Findings {
  readonly rounds: readonly Round[];
  /** Null where there were none. */
  readonly arrivals: Arrivals | null;
  readonly threads: number;
  /** New tokens of each stream. */
  readonly tokens: number;
  /** Why transformers.js is missing; empty where it is not. */
  readonly transformersMissing: string;
  readonly loadAtStart: string;
  readonly loadAtEnd: string;
}

const HEAD = `| measure | ours | other | ratio (p5–p95) | wanted |
| --- | ---: | ---: | ---: | ---: |
`;

export function report(findings: Findings): string {
  const { rounds, arrivals, threads, tokens, transformersMissing, loadAtStart, loadAtEnd } = findings;
  const rows = [
    ...throughputRows(rounds),
    ...stepRows(rounds),
    ...arrivalsRows(arrivals),
    ...peerRows(rounds),
  ];
  const notes = [
    `${describeMachine()}, ${threads} compute thread${threads === 1 ? '' : 's'}, load average ${loadAtStart} at the start and ${loadAtEnd} at the end.`,
    `${rounds.length} interleaved rounds of ${tokens} new tokens a stream; figures are medians, ratios are taken within a round before the median.`,
    ...(transformersMissing === '' ? [] : [`transformers.js was not measured: ${transformersMissing}.`]),
    ...(arrivals === null ? [] : [`Failed requests under arrivals: ${failed(arrivals)}.`]),
  ];
  return `${HEAD}${rows.map((row) => `| ${row.join(' | ')} |\n`).join('')}\n${notes.join('\n')}\n`;
}

type Row = readonly [measure: string, ours: string, other: string, ratio: string, wanted: string];

interface Comparison {
  readonly measure: string;
  readonly ours: readonly number[];
  readonly other: readonly number[];
  readonly digits: number;
  readonly wanted?: string;
}

/** Ours by the other's, pair by pair. */
function row({ measure, ours, other, digits, wanted = '' }: Comparison): Row {
  const { median, p5, p95 } = spreadOf(ours.map((value, index) => value / (other[index] ?? Number.NaN)));
  const ratio = `${median.toFixed(2)} × (${p5.toFixed(2)}–${p95.toFixed(2)})`;
  const middle = (values: readonly number[]) => percentile(values, 0.5).toFixed(digits);
  return [measure, middle(ours), middle(other), ratio, wanted];
}

function throughputRows(rounds: readonly Round[]): Row[] {
  return [
    row({
      measure: `tokens/s of ${STREAMS} streams, continuous against sequential`,
      ours: rounds.map(({ continuousRate }) => continuousRate),
      other: rounds.map(({ sequentialRate }) => sequentialRate),
      ...{ digits: 0, wanted: '≥ 4 ×' },
    }),
    row({
      measure: `the ceiling: tokens/s of the bare session, ${STREAMS} rows against 1`,
      ours: rounds.map(({ bareMs }) => (STREAMS * 1000) / bareMs),
      other: rounds.map(({ bareOneMs }) => 1000 / bareOneMs),
      digits: 0,
    }),
  ];
}

function stepRows(rounds: readonly Round[]): Row[] {
  const other = rounds.map(({ bareMs }) => bareMs);
  const against = (measure: string, ours: readonly number[], wanted = '') =>
    row({ measure, ours, other, digits: 3, wanted });
  return [
    against(
      `decode step of ${STREAMS} rows against the bare session, ms`,
      rounds.map(({ decodeMs }) => decodeMs),
      '≤ 1.10 ×',
    ),
    against(
      'the same with sampling and bookkeeping, ms',
      rounds.map(({ roundMs }) => roundMs),
    ),
    against(
      'from one step to the next, ms',
      rounds.map(({ periodMs }) => periodMs),
    ),
  ];
}

function arrivalsRows(arrivals: Arrivals | null): Row[] {
  if (arrivals === null) return [];
  const { parts, ratePerSecond } = arrivals;
  const p99 = (answers: readonly StreamedAnswer[]) =>
    percentile(
      answers.map(({ timeToFirstTokenMs }) => timeToFirstTokenMs),
      0.99,
    );
  const ratios = parts.map(({ continuous, dynamic }) => p99(dynamic) / p99(continuous));
  const [ours, theirs] = [
    p99(parts.flatMap(({ continuous }) => continuous)),
    p99(parts.flatMap(({ dynamic }) => dynamic)),
  ];
  const { p5, p95 } = spreadOf(ratios);
  const n = parts.reduce((sum, { continuous }) => sum + continuous.length, 0);
  return [
    [
      `p99 time to first token, dynamic against continuous, ms (n = ${n} each, Poisson, ${ratePerSecond.toFixed(1)}/s: 70 %)`,
      ours.toFixed(1),
      theirs.toFixed(1),
      `${(theirs / ours).toFixed(2)} × (${p5.toFixed(2)}–${p95.toFixed(2)} by quarter)`,
      '≥ 2 ×',
    ],
  ];
}

function peerRows(rounds: readonly Round[]): Row[] {
  const other = rounds.flatMap(({ transformersRate }) => transformersRate ?? []);
  if (other.length < rounds.length) return [];
  return [
    row({
      measure: `tokens/s of ${STREAMS} streams against transformers.js on the same file`,
      ours: rounds.map(({ continuousRate }) => continuousRate),
      ...{ other, digits: 0, wanted: '> 1 ×' },
    }),
    row({
      measure: 'tokens/s of one stream at a time against transformers.js',
      ours: rounds.map(({ sequentialRate }) => sequentialRate),
      ...{ other, digits: 0 },
    }),
  ];
}

function failed({ parts }: Arrivals): number {
  return parts.flatMap(({ continuous, dynamic }) => [...continuous, ...dynamic]).filter(({ ok }) => !ok)
    .length;
}
