// How a run went over its time: throughput, calls in flight and errors, latency. Each point is a window of the report.
import { SegmentedControl } from '@mantine/core';
import type { LoadTestRun } from '@tollgate/contract';
import type { EChartsCoreOption } from 'echarts/core';
import { useMemo } from 'react';
import { Chart } from '../ui/chart.tsx';
import { type ChartTheme, categoryAxis, chartBase, useChartTheme, valueAxis } from '../ui/chart-theme.ts';
import { chartTooltip } from '../ui/chart-tooltip.ts';
import { Legend } from '../ui/legend.tsx';
import { formatCompact, formatDuration, formatDurationAxis } from '../ui/number-format.ts';
import { SERIES_COLORS } from '../ui/series-colors.ts';
import { formatRate } from './load-figures.tsx';
import { OVER_TIME, type OverTimeFigure } from './load-tests-search.ts';
import { type WindowLine, windowLines } from './window-lines.ts';

const HEIGHT_PX = 200;
const LABELS: Record<OverTimeFigure, { short: string; long: string }> = {
  tokens: { short: 'Tokens/s', long: 'Output tokens a second' },
  calls: { short: 'Calls', long: 'Calls over time' },
  latency: { short: 'Latency', long: 'Mean latency over time' },
};

export function OverTimeSection(props: {
  run: LoadTestRun;
  figure: OverTimeFigure;
  onPick: (figure: OverTimeFigure) => void;
}) {
  const { run, figure, onPick } = props;
  const theme = useChartTheme();
  const lines = useMemo(() => windowLines(run, figure), [run, figure]);
  const option = useMemo(() => chartOption({ run, figure, lines, theme }), [run, figure, lines, theme]);
  if (run.windows.length === 0) return null;
  return (
    <section className="tg-card tg-chart-card" aria-label="Over time">
      <div className="tg-chart-controls">
        <h2>{LABELS[figure].long}</h2>
        <SegmentedControl
          size="xs"
          aria-label="Over time"
          value={figure}
          data={OVER_TIME.map((value) => ({ value, label: LABELS[value].short }))}
          onChange={(value) => onPick(OVER_TIME.find((one) => one === value) ?? 'tokens')}
        />
      </div>
      <Chart option={option} heightPx={HEIGHT_PX} label={`${LABELS[figure].long}, by window of the run.`} />
      <Legend
        action="Show"
        items={lines.map(({ name }, index) => ({ name, label: name, color: colorOf(index) }))}
      />
    </section>
  );
}

function colorOf(index: number): string {
  return SERIES_COLORS[index % SERIES_COLORS.length] ?? SERIES_COLORS[0];
}

function chartOption(input: {
  run: LoadTestRun;
  figure: OverTimeFigure;
  lines: readonly WindowLine[];
  theme: ChartTheme;
}): EChartsCoreOption {
  const { run, figure, lines, theme } = input;
  const base = chartBase(theme, LABELS[figure].long);
  const isLatency = figure === 'latency';
  const write = isLatency ? formatDuration : formatRate;
  const second = (ms: number) => `${Number((ms / 1000).toFixed(1))} s`;
  return {
    ...base,
    tooltip: {
      ...base.tooltip,
      axisPointer: { type: 'line', lineStyle: { color: theme.muted, opacity: 0.5 } },
      formatter: (items: { dataIndex: number }[]) => {
        const index = items[0]?.dataIndex ?? 0;
        const fromMs = run.windows[index]?.from_ms ?? 0;
        const shown = lines.flatMap(({ name, values }, line) => {
          const value = values[index] ?? null;
          return value === null ? [] : [{ color: colorOf(line), name, value: write(value) }];
        });
        return chartTooltip(`${second(fromMs)} to ${second(fromMs + run.window_ms)}`, shown);
      },
    },
    xAxis: {
      ...categoryAxis(
        theme,
        run.windows.map(({ from_ms }) => second(from_ms)),
      ),
      boundaryGap: false,
    },
    yAxis: valueAxis(theme, isLatency ? formatDurationAxis : formatCompact),
    series: lines.map(({ name, values }, line) => ({
      type: 'line',
      name,
      data: values,
      showSymbol: values.length < 3,
      symbol: 'circle',
      symbolSize: 5,
      lineStyle: { width: 2, color: colorOf(line) },
      itemStyle: { color: colorOf(line) },
    })),
  };
}
