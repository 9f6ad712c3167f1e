// How figures of a report are written for people: the same on the terminal, in Markdown, in JUnit and on the page.
import type { LoadObjective, LoadTestRun } from '@tollgate/contract';
import { findCallMeasure } from '../measure/metric-catalog.ts';

export function formatFigure(value: number | null, whole = false): string {
  if (value === null) return '–';
  if (whole) return String(value);
  return Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(Math.abs(value) >= 100 ? 4 : 3);
}

/** Dollars to four digits that count; the JSON has them all. */
export function formatDollars(usd: string | null): string {
  if (usd === null) return '–';
  const value = Number(usd);
  return `$${value >= 1 || value === 0 ? value.toFixed(2) : Number(value.toPrecision(4))}`;
}

/** Shares of calls, shown in per cent. */
export const FRACTIONS: readonly string[] = ['error_rate', 'goodput'];

/** With its unit. */
export function formatObjectiveValue({ metric, value }: Pick<LoadObjective, 'metric' | 'value'>): string {
  if (value === null) return '–';
  if (FRACTIONS.includes(metric)) return `${formatFigure(value * 100)} %`;
  if (metric.startsWith('cost_')) return formatDollars(String(value));
  const timed = findCallMeasure(metric)?.unit === 'ms' || metric === 'itl' || metric === 'icl';
  return `${formatFigure(value)}${timed ? ' ms' : ''}`;
}

/** What failed calls of a kind were told, and what to do about it. */
export function formatErrorSample({
  kind,
  count,
  status,
  message,
  hint,
}: LoadTestRun['error_samples'][number]): string {
  const told = [status === null ? kind : `${kind} ${status}`, message].filter((part) => part !== '');
  return `${count} × ${told.join(': ')}${hint === null ? '' : ` (${hint})`}`;
}

/** The answer of a sweep in one line. */
export function formatSweep({
  by,
  highest_good: good,
  lowest_bad: bad,
}: NonNullable<LoadTestRun['sweep']>): string {
  if (good === null) return `no ${by} met the objectives; the lowest tried was ${formatFigure(bad)}`;
  const missed = bad === null ? 'none that was tried missed them' : `${formatFigure(bad)} missed them`;
  return `highest ${by} that met the objectives: ${formatFigure(good)} (${missed})`;
}
