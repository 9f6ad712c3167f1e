// Draws one ECharts option in a box of fixed height, so that nothing jumps while the library loads.
import { Skeleton } from '@mantine/core';
import type { ECharts, EChartsCoreOption } from 'echarts/core';
import { useEffect, useRef, useState } from 'react';
import './chart.css';

export interface ChartProps {
  option: EChartsCoreOption;
  heightPx: number;
  /** What the picture shows, for those who cannot see it. */
  label: string;
  /** A click on a data item, with the name of its series. */
  onSeriesClick?: ((seriesName: string) => void) | undefined;
}

export function Chart({ option, heightPx, label, onSeriesClick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<ECharts | null>(null);
  const onClick = useRef(onSeriesClick);
  onClick.current = onSeriesClick;

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let disposed = false;
    let made: ECharts | undefined;
    const observer = new ResizeObserver(() => made?.resize());
    void import('./load-echarts.ts').then(({ init }) => {
      if (disposed) return;
      made = init(element);
      made.on('click', ({ seriesName }) => {
        if (seriesName !== undefined) onClick.current?.(seriesName);
      });
      observer.observe(element);
      setChart(made);
    });
    return () => {
      disposed = true;
      observer.disconnect();
      made?.dispose();
      setChart(null);
    };
  }, []);

  useEffect(() => {
    chart?.setOption(option, { notMerge: true });
  }, [chart, option]);

  return (
    <div className="tg-chart" style={{ height: heightPx }}>
      {chart === null && <Skeleton height="100%" />}
      <div ref={box} className="tg-chart-box" role="img" aria-label={label} />
    </div>
  );
}
