// One GPU: its newest reading in figures, its use over time in four small charts.
import type { GpuSample, GpusAnswer } from '@tollgate/contract';
import { useMemo } from 'react';
import { Chart } from '../ui/chart.tsx';
import { type ChartTheme, chartBase, useChartTheme, valueAxis } from '../ui/chart-theme.ts';
import { chartTooltip } from '../ui/chart-tooltip.ts';
import { formatBytes } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';
import { formatShort } from '../ui/time-format.ts';
import { TimeText } from '../ui/time-text.tsx';
import '../ui/figure-tile.css';

type Series = GpusAnswer['series'];
type Figure = 'utilization_pct' | 'memory_used_bytes' | 'power_watts' | 'temperature_celsius';

const FIGURES: { figure: Figure; label: string; color: string; write: (value: number) => string }[] = [
  { figure: 'utilization_pct', label: 'Utilisation', color: '#1f55d3', write: (v) => `${v.toFixed(0)} %` },
  { figure: 'memory_used_bytes', label: 'Memory', color: '#258b78', write: formatBytes },
  { figure: 'power_watts', label: 'Power', color: '#dc941b', write: (v) => `${v.toFixed(0)} W` },
  {
    figure: 'temperature_celsius',
    label: 'Temperature',
    color: '#cd4214',
    write: (v) => `${v.toFixed(0)} °C`,
  },
];

export function GpuCard({ gpu, series }: { gpu: GpuSample; series: Series }) {
  const id = gpu.mig_uuid || gpu.gpu_uuid;
  const own = useMemo(() => series.filter(({ gpu_uuid }) => gpu_uuid === id), [series, id]);
  return (
    <section className="tg-card tg-gpu" aria-label={`GPU ${gpu.gpu_index} of ${gpu.host}`}>
      <div className="tg-gpu-head">
        <h2>
          {gpu.gpu_name} <span className="tg-muted">#{gpu.gpu_index}</span>
        </h2>
        {gpu.mig_uuid !== '' && <Tag tone="accent">MIG</Tag>}
        {gpu.throttle_reasons.map((reason) => (
          <Tag key={reason} tone="warn" title="The card slows itself down">
            {reason}
          </Tag>
        ))}
        {(gpu.ecc_uncorrected_errors ?? 0) > 0 && (
          <Tag tone="bad">{gpu.ecc_uncorrected_errors} uncorrected ECC errors</Tag>
        )}
        <span className="tg-muted tg-gpu-when">
          {gpu.host} · <TimeText at={gpu.sampled_at} />
        </span>
      </div>
      <div className="tg-gpu-figures">
        {FIGURES.map(({ figure, label, color, write }) => (
          <GpuFigure
            key={figure}
            label={label}
            now={gpu[figure]}
            limit={limitOf(gpu, figure)}
            isShare={figure === 'utilization_pct'}
            points={own.map((point) => [point.bucket, point[figure]])}
            color={color}
            write={write}
          />
        ))}
      </div>
    </section>
  );
}

function limitOf(gpu: GpuSample, figure: Figure): number | null {
  if (figure === 'memory_used_bytes') return gpu.memory_total_bytes;
  if (figure === 'power_watts') return gpu.power_limit_watts;
  if (figure === 'utilization_pct') return 100;
  return null;
}

function GpuFigure(props: {
  label: string;
  now: number | null;
  limit: number | null;
  /** A share of 100 %, whose limit goes without saying. */
  isShare: boolean;
  points: [string, number | null][];
  color: string;
  write: (value: number) => string;
}) {
  const { label, now, limit, isShare, points, color, write } = props;
  const theme = useChartTheme();
  const option = useMemo(
    () => lineOption({ label, points, limit, color, write, theme }),
    [label, points, limit, color, write, theme],
  );
  return (
    <div>
      <span className="tg-figure-label">{label}</span>
      <div className="tg-gpu-value tg-num">
        {now === null ? <span className="tg-muted">not reported</span> : write(now)}
        {limit !== null && now !== null && !isShare && <span className="tg-muted"> of {write(limit)}</span>}
      </div>
      {points.some(([, value]) => value !== null) && (
        <Chart option={option} heightPx={110} label={`${label} over time`} />
      )}
    </div>
  );
}

function lineOption(input: {
  label: string;
  points: [string, number | null][];
  limit: number | null;
  color: string;
  write: (value: number) => string;
  theme: ChartTheme;
}) {
  const { label, points, limit, color, write, theme } = input;
  const base = chartBase(theme, `${label} over time`);
  return {
    ...base,
    tooltip: {
      ...base.tooltip,
      formatter: (items: { dataIndex: number }[]) => {
        const [bucket, value] = points[items[0]?.dataIndex ?? 0] ?? ['', null];
        const lines = value === null ? [] : [{ color, name: label, value: write(value) }];
        return chartTooltip(formatShort(Date.parse(bucket), Date.now(), 'minute'), lines);
      },
    },
    xAxis: {
      type: 'time',
      axisLabel: { show: false },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.line } },
    },
    yAxis: {
      ...valueAxis(theme, write),
      splitNumber: 2,
      ...(limit === null ? {} : { max: limit, interval: limit / 2 }),
    },
    series: [
      {
        type: 'line',
        name: label,
        data: points.map(([bucket, value]) => [Date.parse(bucket), value]),
        showSymbol: points.length < 3,
        lineStyle: { width: 1.5, color },
        areaStyle: { color, opacity: 0.1 },
        itemStyle: { color },
      },
    ],
  };
}
