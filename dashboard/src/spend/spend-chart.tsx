// Stacked bars of what was spent (or called) over time, the largest groups by name. Draws; sums are made elsewhere.
import { Skeleton } from '@mantine/core';
import type { EChartsCoreOption } from 'echarts/core';
import { useMemo } from 'react';
import { bucketStarts } from '../range/time-range.ts';
import { Chart } from '../ui/chart.tsx';
import { type ChartTheme, categoryAxis, chartBase, useChartTheme, valueAxis } from '../ui/chart-theme.ts';
import { chartTooltip } from '../ui/chart-tooltip.ts';
import { Legend } from '../ui/legend.tsx';
import { formatMoney, formatMoneyAxis, picoToChartNumber } from '../ui/money-format.ts';
import { formatCompact, formatCount } from '../ui/number-format.ts';
import { OTHER_COLOR, SERIES_COLORS } from '../ui/series-colors.ts';
import { useSeriesColors } from '../ui/series-colors-context.ts';
import { formatBucket, formatBucketLong } from '../ui/time-format.ts';
import { groupLabel } from './group-label.ts';
import type { Measure } from './spend-search.ts';
import { type StackedSeries, stackSeries, stackTotals } from './stack-series.ts';
import type { SpendOfRange } from './use-spend.ts';

const HEIGHT_PX = 280;
/** One line of names and the gap above it. */
const LEGEND_PX = 40;
const MEASURE_LABELS: Record<Measure, string> = { cost: 'Cost', calls: 'Calls', tokens: 'Tokens' };

interface ColoredSeries extends StackedSeries {
  label: string;
  color: string;
}

export function SpendChart(props: {
  spend: SpendOfRange | undefined;
  measure: Measure;
  onPick: (name: string) => void;
}) {
  const { spend, measure, onPick } = props;
  const theme = useChartTheme();
  const series = useColoredSeries(spend, measure);
  const option = useMemo(
    () => (spend === undefined ? null : chartOption({ spend, measure, series, theme })),
    [spend, measure, series, theme],
  );
  if (option === null || spend === undefined) return <Skeleton height={HEIGHT_PX + LEGEND_PX} />;
  const pick = (one: ColoredSeries) => (one.isOther ? undefined : () => onPick(one.name));
  return (
    <>
      <Chart
        option={option}
        heightPx={HEIGHT_PX}
        label={`${MEASURE_LABELS[measure]} by ${spend.by} over time. The table below holds the figures.`}
        onSeriesClick={(label) => {
          const one = series.find((each) => each.label === label);
          if (one !== undefined) pick(one)?.();
        }}
      />
      <Legend
        action="Show only"
        items={series.map((one) => ({
          name: one.name,
          label: one.label,
          color: one.color,
          onPick: pick(one),
        }))}
      />
    </>
  );
}

function useColoredSeries(spend: SpendOfRange | undefined, measure: Measure): ColoredSeries[] {
  const colors = useSeriesColors();
  return useMemo(() => {
    if (spend === undefined) return [];
    const series = stackSeries({
      rows: spend.answer.rows,
      dimension: spend.by,
      measure,
      buckets: bucketStarts(spend.span, spend.interval),
      maxSeries: SERIES_COLORS.length,
    });
    const named = colors.assign(
      spend.by,
      series.filter(({ isOther }) => !isOther).map(({ name }) => name),
    );
    return series.map((one) => ({
      ...one,
      label: one.isOther ? one.name : groupLabel(one.name, spend.by),
      color: (one.isOther ? undefined : named.get(one.name)) ?? OTHER_COLOR,
    }));
  }, [spend, measure, colors]);
}

function chartOption(input: {
  spend: SpendOfRange;
  measure: Measure;
  series: readonly ColoredSeries[];
  theme: ChartTheme;
}): EChartsCoreOption {
  const { spend, measure, series, theme } = input;
  const buckets = bucketStarts(spend.span, spend.interval);
  const totals = stackTotals(series, buckets.length);
  const base = chartBase(theme, `${MEASURE_LABELS[measure]} by ${spend.by}`);
  const write = (value: bigint) => (measure === 'cost' ? formatMoney(value) : formatCount(Number(value)));
  const draw = (value: bigint) => (measure === 'cost' ? picoToChartNumber(value) : Number(value));
  return {
    ...base,
    tooltip: {
      ...base.tooltip,
      axisPointer: { type: 'shadow', shadowStyle: { color: theme.muted, opacity: 0.08 } },
      formatter: (items: { dataIndex: number }[]) => {
        const index = items[0]?.dataIndex ?? 0;
        const lines = series
          .filter(({ values }) => (values[index] ?? 0n) > 0n)
          .map(({ color, label, values }) => ({ color, name: label, value: write(values[index] ?? 0n) }));
        return chartTooltip(
          formatBucketLong(buckets[index] ?? 0, spend.interval),
          lines,
          write(totals[index] ?? 0n),
        );
      },
    },
    xAxis: categoryAxis(
      theme,
      buckets.map((start) => formatBucket(start, spend.interval)),
    ),
    yAxis: valueAxis(theme, measure === 'cost' ? formatMoneyAxis : formatCompact),
    series: series.map(({ label, color, values }) => ({
      type: 'bar',
      name: label,
      stack: 'all',
      barCategoryGap: '22%',
      barMaxWidth: 64,
      data: values.map((value) => (value === 0n ? null : draw(value))),
      itemStyle: { color, borderColor: theme.surface, borderWidth: buckets.length > 60 ? 0 : 0.75 },
      emphasis: { focus: 'series' },
      cursor: 'pointer',
    })),
  };
}
