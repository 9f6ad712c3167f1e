// The page's plots, drawn from the records and the report.
import type { LoadTestRun } from '@tollgate/contract';
import { sortedCopy } from '../measure/percentile.ts';
import type { MeasuredCall } from '../measure/run-figures.ts';
import { svgBoxPlot, svgPhases } from './svg-bars.ts';
import { fromZero, type Scale } from './svg-frame.ts';
import { svgHistogram } from './svg-histogram.ts';
import { distributionPoints, svgLines } from './svg-lines.ts';

export function htmlPlots(report: LoadTestRun, measured: readonly MeasuredCall[]): string {
  const ttft = sorted(measured.map(({ metrics }) => metrics.ttftMs));
  const e2e = sorted(measured.map(({ metrics }) => metrics.e2eMs));
  const tpot = sorted(measured.map(({ metrics }) => metrics.tpotMs));
  return [
    sweepFigure(report),
    ...boxFigures(report),
    figure('Time to first token', histogram('Time to first token', ttft, report.ttft_ms)),
    figure('End to end', histogram('End to end', e2e, report.e2e_ms)),
    figure('Time per output token', histogram('Time per output token', tpot, report.tpot_ms)),
    figure('Cumulative distribution', cumulative(ttft, e2e)),
    figure('Throughput over time', throughput(report)),
    figure('Tokens over time', tokens(report)),
    figure('Calls in flight over time', inFlight(report)),
    figure('Latency over time', latency(report)),
    phaseFigure(report),
  ].join('');
}

function sorted(values: readonly number[]): Float64Array {
  return sortedCopy(values.filter((value) => !Number.isNaN(value)));
}

function figure(title: string, plot: string, className = ''): string {
  return plot === '' ? '' : `<figure class="${className}"><h3>${title}</h3>${plot}</figure>`;
}

function histogram(title: string, values: Float64Array, distribution: LoadTestRun['ttft_ms']): string {
  const { mean, p95, p99 } = distribution;
  const marks = [
    { label: 'mean', value: mean },
    { label: 'p95', value: p95 },
    { label: 'p99', value: p99 },
  ];
  return svgHistogram({ title: `${title}, histogram`, xLabel: 'ms', sorted: values, marks });
}

function cumulative(ttft: Float64Array, e2e: Float64Array): string {
  if (ttft.length === 0) return '';
  const smallest = Math.max(0.1, Math.min(ttft[0] ?? 1, e2e[0] ?? 1));
  const largest = Math.max(ttft[ttft.length - 1] ?? 1, e2e[e2e.length - 1] ?? 1);
  const log = largest / smallest > 8;
  const xScale: Scale = log
    ? { low: smallest * 0.9, high: largest * 1.1, log }
    : { low: smallest * 0.95, high: largest * 1.02, log };
  return svgLines({
    title: 'Share of calls at or below a latency',
    xLabel: log ? 'ms (logarithmic)' : 'ms',
    yLabel: 'share of calls',
    xScale,
    yScale: { low: 0, high: 1, log: false },
    series: [
      { name: 'TTFT', points: distributionPoints(ttft) },
      { name: 'E2E', points: distributionPoints(e2e) },
    ],
  });
}

function timeScale(report: LoadTestRun): Scale {
  return { low: 0, high: Math.max(1, report.duration_ms / 1000), log: false };
}

type Pick = (window: LoadTestRun['windows'][number]) => number | null;

function series(report: LoadTestRun, name: string, pick: Pick) {
  const middle = report.window_ms / 2;
  return {
    name,
    points: report.windows.map((window) => [(window.from_ms + middle) / 1000, pick(window)] as const),
  };
}

function overTime(
  report: LoadTestRun,
  input: { title: string; yLabel: string; lines: readonly (readonly [string, Pick])[] },
): string {
  const all = input.lines.flatMap(([, pick]) => report.windows.map((window) => pick(window) ?? 0));
  return svgLines({
    title: input.title,
    xLabel: `seconds, windows of ${report.window_ms / 1000} s`,
    yLabel: input.yLabel,
    xScale: timeScale(report),
    yScale: fromZero(all),
    series: input.lines.map(([name, pick]) => series(report, name, pick)),
  });
}

function throughput(report: LoadTestRun): string {
  const perSecond = 1000 / report.window_ms;
  return overTime(report, {
    title: 'Calls finished a second',
    yLabel: 'calls/s',
    lines: [
      ['finished', (window) => window.finished * perSecond],
      ['errors', (window) => window.errors * perSecond],
    ],
  });
}

function tokens(report: LoadTestRun): string {
  const perSecond = 1000 / report.window_ms;
  return overTime(report, {
    title: 'Output tokens a second',
    yLabel: 'tokens/s',
    lines: [['tokens/s', (window) => window.output_tokens * perSecond]],
  });
}

function inFlight(report: LoadTestRun): string {
  return overTime(report, {
    title: 'Calls in flight',
    yLabel: 'calls',
    lines: [['calls in flight', (window) => window.in_flight]],
  });
}

function latency(report: LoadTestRun): string {
  return overTime(report, {
    title: 'Mean latency of the calls that finished',
    yLabel: 'ms',
    lines: [
      ['TTFT', (window) => window.mean_ttft_ms],
      ['E2E', (window) => window.mean_e2e_ms],
    ],
  });
}

function phaseFigure(report: LoadTestRun): string {
  const arms = report.comparison?.arms ?? [{ name: 'this run', phases: report.phases }];
  const told = arms.filter(({ phases }) => phases.source !== 'none');
  return told.length === 0 ? '' : figure('Where the time goes', svgPhases(told), 'phases');
}

function sweepFigure({ sweep }: LoadTestRun): string {
  if (sweep === null || sweep.points.length < 2) return '';
  const points = [...sweep.points].sort((a, b) => a.load - b.load);
  const plot = svgLines({
    title: 'Latency against load',
    xLabel: sweep.by === 'rate' ? 'calls/s' : 'calls at a time',
    yLabel: 'ms',
    xScale: fromZero(points.map(({ load }) => load)),
    yScale: fromZero(points.map(({ ttft_p99_ms: ms }) => ms ?? 0)),
    series: [
      {
        name: 'TTFT p50',
        dots: true,
        points: points.map(({ load, ttft_p50_ms: ms }) => [load, ms] as const),
      },
      {
        name: 'TTFT p99',
        dots: true,
        points: points.map(({ load, ttft_p99_ms: ms }) => [load, ms] as const),
      },
    ],
  });
  return figure('Latency against load', plot);
}

function boxFigures({ comparison }: LoadTestRun): string[] {
  if (comparison === null) return [];
  const columns = (pick: 'ttft_sample_ms' | 'e2e_sample_ms') =>
    comparison.arms.map((arm) => ({ name: arm.name, sorted: Float64Array.from(arm[pick]) }));
  const note = ' (box p25–p75, whiskers p5–p95, dots p99 and largest)';
  return [
    figure(`TTFT${note}`, svgBoxPlot('TTFT by arm', columns('ttft_sample_ms'))),
    figure(`E2E${note}`, svgBoxPlot('E2E by arm', columns('e2e_sample_ms'))),
  ];
}
