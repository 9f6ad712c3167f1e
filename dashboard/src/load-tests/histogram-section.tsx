// How a latency spreads over the calls, from the histogram that the report carries.
import { SegmentedControl, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { LoadTestRun } from '@tollgate/contract';
import type { EChartsCoreOption } from 'echarts/core';
import { useMemo } from 'react';
import { Chart } from '../ui/chart.tsx';
import { type ChartTheme, categoryAxis, chartBase, useChartTheme, valueAxis } from '../ui/chart-theme.ts';
import { chartTooltip } from '../ui/chart-tooltip.ts';
import { formatCompact, formatCount, formatDuration } from '../ui/number-format.ts';
import { SERIES_COLORS } from '../ui/series-colors.ts';
import { decodeHdrHistogram } from './hdr-histogram.ts';
import { binOf, type HistogramBin, histogramBins } from './histogram-bins.ts';
import { HISTOGRAMS, type HistogramFigure } from './load-tests-search.ts';

const HEIGHT_PX = 240;
const BARS = 40;
const LABELS: Record<HistogramFigure, { short: string; long: string; counted: string }> = {
  ttft: { short: 'TTFT', long: 'Time to first token', counted: 'calls' },
  e2e: { short: 'E2E', long: 'End to end', counted: 'calls' },
  icl: { short: 'Gaps', long: 'Gaps between events of a stream', counted: 'gaps' },
};

export function HistogramSection(props: {
  run: LoadTestRun;
  figure: HistogramFigure;
  onPick: (figure: HistogramFigure) => void;
}) {
  const { run, figure, onPick } = props;
  const theme = useChartTheme();
  const counts = useQuery({
    queryKey: ['load-test-histogram', run.id, figure],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => decodeHdrHistogram(run.hdr[figure]),
  });
  const option = useMemo(() => {
    const bins = histogramBins(counts.data ?? [], BARS);
    return bins.length === 0 ? null : chartOption({ run, figure, bins, theme });
  }, [run, figure, counts.data, theme]);
  return (
    <section className="tg-card tg-chart-card" aria-label="Distribution">
      <div className="tg-chart-controls">
        <h2>{LABELS[figure].long}</h2>
        <SegmentedControl
          size="xs"
          aria-label="Distribution of"
          value={figure}
          data={HISTOGRAMS.map((value) => ({ value, label: LABELS[value].short }))}
          onChange={(value) => onPick(HISTOGRAMS.find((one) => one === value) ?? 'ttft')}
        />
      </div>
      {option !== null && (
        <Chart
          option={option}
          heightPx={HEIGHT_PX}
          label={`Histogram: ${LABELS[figure].long}. The table of quantiles holds the figures.`}
        />
      )}
      {option === null && counts.isPending && <Skeleton height={HEIGHT_PX} />}
      {option === null && !counts.isPending && (
        <p className="tg-load-none tg-muted" style={{ height: HEIGHT_PX }}>
          {counts.error === null
            ? 'Nothing was measured: no call had an answer.'
            : `The histogram of this report cannot be read: ${counts.error.message}`}
        </p>
      )}
    </section>
  );
}

/** Gaps between events that arrive together are microseconds. */
function fineDuration(ms: number): string {
  return ms < 0.01 ? `${Number((ms * 1000).toPrecision(2))} µs` : formatDuration(ms);
}

function chartOption(input: {
  run: LoadTestRun;
  figure: HistogramFigure;
  bins: readonly HistogramBin[];
  theme: ChartTheme;
}): EChartsCoreOption {
  const { run, figure, bins, theme } = input;
  const base = chartBase(theme, LABELS[figure].long);
  const { p50, p99 } = run[`${figure}_ms`];
  const marks = [
    { name: 'p50', value: p50 },
    { name: 'p99', value: p99 },
  ].flatMap(({ name, value }) => {
    const bin = value === null ? null : binOf(bins, value);
    return bin === null ? [] : [{ name, xAxis: bin }];
  });
  return {
    ...base,
    grid: { ...base.grid, top: 26 },
    tooltip: {
      ...base.tooltip,
      axisPointer: { type: 'shadow', shadowStyle: { color: theme.muted, opacity: 0.08 } },
      formatter: (items: { dataIndex: number }[]) => {
        const bin = bins[items[0]?.dataIndex ?? 0];
        if (bin === undefined) return '';
        return chartTooltip(`${fineDuration(bin.fromMs)} to ${fineDuration(bin.toMs)}`, [
          { color: SERIES_COLORS[0], name: LABELS[figure].counted, value: formatCount(bin.count) },
        ]);
      },
    },
    xAxis: categoryAxis(
      theme,
      bins.map(({ fromMs }) => fineDuration(fromMs)),
    ),
    yAxis: { ...valueAxis(theme, formatCompact), minInterval: 1 },
    series: [
      {
        type: 'bar',
        name: LABELS[figure].short,
        data: bins.map(({ count }) => count),
        barCategoryGap: '8%',
        itemStyle: { color: SERIES_COLORS[0] },
        markLine: {
          symbol: 'none',
          silent: true,
          animation: false,
          data: marks,
          label: { formatter: '{b}', color: theme.text, fontSize: 12 },
          lineStyle: { color: theme.muted, type: 'dashed' },
        },
      },
    ],
  };
}
