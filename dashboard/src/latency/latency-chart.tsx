// Lines of one latency figure over time: every quantile of all calls, or one quantile for each group.
import { Skeleton } from '@mantine/core';
import type { EChartsCoreOption } from 'echarts/core';
import { useMemo } from 'react';
import { bucketStarts } from '../range/time-range.ts';
import { groupLabel } from '../spend/group-label.ts';
import { Chart } from '../ui/chart.tsx';
import { type ChartTheme, categoryAxis, chartBase, useChartTheme, valueAxis } from '../ui/chart-theme.ts';
import { chartTooltip } from '../ui/chart-tooltip.ts';
import { durationScale } from '../ui/duration-scale.ts';
import { Legend } from '../ui/legend.tsx';
import { formatDuration, formatDurationAxis } from '../ui/number-format.ts';
import { OTHER_COLOR, SERIES_COLORS } from '../ui/series-colors.ts';
import { useSeriesColors } from '../ui/series-colors-context.ts';
import { formatBucket, formatBucketLong } from '../ui/time-format.ts';
import { FIGURE_LABELS, type LatencyFigure, QUANTILES, type Quantile } from './latency-search.ts';
import { latencyLines } from './latency-series.ts';
import type { LatencyOfRange } from './use-latency.ts';

const HEIGHT_PX = 280;
/** One line of names and the gap above it. */
const LEGEND_PX = 40;
const QUANTILE_COLORS: Record<Quantile, string> = { p50: '#258b78', p95: '#dc941b', p99: '#cd4214' };

interface ColoredLine {
  key: string;
  label: string;
  color: string;
  values: (number | null)[];
}

export function LatencyChart(props: {
  latency: LatencyOfRange | undefined;
  figure: LatencyFigure;
  quantile: Quantile;
}) {
  const { latency, figure, quantile } = props;
  const theme = useChartTheme();
  const lines = useColoredLines(latency, figure, quantile);
  const option = useMemo(
    () => (latency === undefined ? null : chartOption({ latency, figure, lines, theme })),
    [latency, figure, lines, theme],
  );
  if (option === null) return <Skeleton height={HEIGHT_PX + LEGEND_PX} />;
  return (
    <>
      <Chart
        option={option}
        heightPx={HEIGHT_PX}
        label={`${FIGURE_LABELS[figure].label} over time. The table below holds the figures.`}
      />
      <Legend action="Show" items={lines.map(({ key, label, color }) => ({ name: key, label, color }))} />
    </>
  );
}

function useColoredLines(
  latency: LatencyOfRange | undefined,
  figure: LatencyFigure,
  quantile: Quantile,
): ColoredLine[] {
  const colors = useSeriesColors();
  return useMemo(() => {
    if (latency === undefined) return [];
    const { by } = latency;
    const lines = latencyLines({
      rows: latency.series.rows,
      buckets: bucketStarts(latency.span, latency.interval),
      group: by,
      figure,
      quantiles: by === 'all' ? QUANTILES : [quantile],
      maxGroups: SERIES_COLORS.length,
    });
    const named =
      by === 'all'
        ? null
        : colors.assign(
            by,
            lines.map(({ name }) => name),
          );
    return lines.map((line) => ({
      key: `${line.name} ${line.quantile}`,
      label: by === 'all' ? line.quantile : groupLabel(line.name, by),
      color: named === null ? QUANTILE_COLORS[line.quantile] : (named.get(line.name) ?? OTHER_COLOR),
      values: line.values,
    }));
  }, [latency, figure, quantile, colors]);
}

function chartOption(input: {
  latency: LatencyOfRange;
  figure: LatencyFigure;
  lines: readonly ColoredLine[];
  theme: ChartTheme;
}): EChartsCoreOption {
  const { latency, figure, lines, theme } = input;
  const buckets = bucketStarts(latency.span, latency.interval);
  const base = chartBase(theme, `${FIGURE_LABELS[figure].label} over time`);
  return {
    ...base,
    tooltip: {
      ...base.tooltip,
      axisPointer: { type: 'line', lineStyle: { color: theme.muted, opacity: 0.5 } },
      formatter: (items: { dataIndex: number }[]) => {
        const index = items[0]?.dataIndex ?? 0;
        const shown = lines.flatMap(({ label, color, values }) => {
          const value = values[index] ?? null;
          return value === null ? [] : [{ color, name: label, value: formatDuration(value) }];
        });
        return chartTooltip(formatBucketLong(buckets[index] ?? 0, latency.interval), shown);
      },
    },
    xAxis: {
      ...categoryAxis(
        theme,
        buckets.map((start) => formatBucket(start, latency.interval)),
      ),
      boundaryGap: false,
    },
    yAxis: { ...valueAxis(theme, formatDurationAxis), ...durationScale(largestOf(lines)) },
    series: lines.map(({ label, color, values }) => ({
      type: 'line',
      name: label,
      data: values,
      showSymbol: isSparse(values),
      symbol: 'circle',
      symbolSize: 5,
      lineStyle: { width: 2, color },
      itemStyle: { color },
      emphasis: { focus: 'series' },
    })),
  };
}

function largestOf(lines: readonly ColoredLine[]): number {
  return lines.reduce((most, { values }) => values.reduce<number>((m, ms) => Math.max(m, ms ?? 0), most), 0);
}

/** Points that stand alone would be invisible as a line. */
function isSparse(values: readonly (number | null)[]): boolean {
  return values.some(
    (value, index) =>
      value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null,
  );
}
