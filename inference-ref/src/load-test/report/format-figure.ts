// How figures of a report are written for people: the same on the terminal, in Markdown, in JUnit and on the page.
import type { LoadEffect, LoadObjective, LoadTestRun } from '@tollgate/contract';
import { ERRORS } from '../compare/error-effect.ts';
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

/** Of failed calls the shares are compared, in points; of a latency the times, in per cent of the baseline's. */
export function effectUnits({ measure }: Pick<LoadEffect, 'measure'>): { value: string; change: string } {
  const isShare = measure === ERRORS || measure.endsWith(` ${ERRORS}`);
  return isShare ? { value: ' %', change: ' points' } : { value: '', change: ' %' };
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

type Sweep = NonNullable<LoadTestRun['sweep']>;

/** Whether a load met the objectives; of an invalid run that is not known. */
export function sweepOutcome({ good, verdict }: Sweep['points'][number]): 'met' | 'missed' | 'invalid' {
  if (good) return 'met';
  return verdict === 'INVALID' ? 'invalid' : 'missed';
}

/** A number of callers is whole; a rate need not be. */
export function formatLoad({ by }: Pick<Sweep, 'by'>, load: number | null): string {
  return by === 'concurrency' && load !== null ? String(load) : formatFigure(load);
}

/** The answer of a sweep in one line. */
export function formatSweep(sweep: Sweep): string {
  const { by, highest_good: good, lowest_bad: bad, points } = sweep;
  const last = points.find(({ load }) => load === bad);
  const isKnown = last === undefined || sweepOutcome(last) === 'missed';
  const beyond = `at ${formatLoad(sweep, bad)} the client could explain the result`;
  if (good === null)
    return `no ${by} met the objectives; ${isKnown ? `the lowest tried was ${formatLoad(sweep, bad)}` : beyond}`;
  const missed = bad === null ? 'none that was tried missed them' : `${formatLoad(sweep, bad)} missed them`;
  return `highest ${by} that met the objectives: ${formatLoad(sweep, good)} (${isKnown ? missed : beyond})`;
}
