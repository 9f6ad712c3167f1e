// Colours and type of charts: a canvas cannot read the page's custom properties, so they stand here once more.
import { useComputedColorScheme } from '@mantine/core';

export interface ChartTheme {
  text: string;
  muted: string;
  line: string;
  surface: string;
  font: string;
}

const FONT = "'Inter Variable', 'Inter Fallback', system-ui, sans-serif";
const LIGHT: ChartTheme = {
  text: '#171b24',
  muted: '#586173',
  line: '#e6e9ee',
  surface: '#ffffff',
  font: FONT,
};
const DARK: ChartTheme = {
  text: '#e8ebf1',
  muted: '#9ca6b6',
  line: '#262c36',
  surface: '#161a21',
  font: FONT,
};

export function useChartTheme(): ChartTheme {
  return useComputedColorScheme('light') === 'dark' ? DARK : LIGHT;
}

/** What every chart shares: tooltip box, grid, accessible description. */
export function chartBase(theme: ChartTheme, description: string) {
  return {
    animationDuration: 250,
    animationDurationUpdate: 200,
    textStyle: { fontFamily: theme.font, color: theme.muted },
    aria: { enabled: true, label: { description } },
    grid: { left: 4, right: 12, top: 14, bottom: 2, containLabel: true },
    tooltip: {
      trigger: 'axis' as const,
      confine: true,
      backgroundColor: theme.surface,
      borderColor: theme.line,
      textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 13 },
      extraCssText: 'box-shadow: 0 6px 24px rgb(0 0 0 / 16%); border-radius: 10px; padding: 10px 12px;',
    },
  };
}

export function categoryAxis(theme: ChartTheme, labels: readonly string[]) {
  return {
    type: 'category' as const,
    data: [...labels],
    axisTick: { show: false },
    axisLine: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme.muted, fontSize: 12, hideOverlap: true },
  };
}

export function valueAxis(theme: ChartTheme, formatter: (value: number) => string) {
  return {
    type: 'value' as const,
    splitNumber: 4,
    splitLine: { lineStyle: { color: theme.line } },
    axisLabel: { color: theme.muted, fontSize: 12, formatter },
  };
}
