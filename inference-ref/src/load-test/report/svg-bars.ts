// Stacked bars of phases and box plots of arms: one column a name.
import type { LoadPhases } from '@tollgate/contract';
import { PHASES } from '../context/phase-table.ts';
import { nearestRank } from '../measure/percentile.ts';
import { createPlotFrame, fromZero, px } from './svg-frame.ts';
import { legend } from './svg-lines.ts';

export interface NamedPhases {
  readonly name: string;
  readonly phases: LoadPhases;
}

export function svgPhases(columns: readonly NamedPhases[]): string {
  const values = columns.map(({ phases }) => PHASES.map(({ key }) => Math.max(0, phases[key] ?? 0)));
  const frame = createPlotFrame({
    title: 'Phases',
    xLabel: '',
    yLabel: 'ms a call, mean',
    xScale: { low: 0, high: columns.length, log: false },
    yScale: fromZero(values.map((parts) => parts.reduce((sum, value) => sum + value, 0))),
    categories: columns.map(({ name }) => name),
  });
  const bars = values.map((parts, column) => {
    let base = 0;
    return parts
      .map((value, phase) => {
        const left = frame.x(column + 0.3);
        const bottom = frame.y(base);
        base += value;
        const top = frame.y(base);
        return `<rect class="fill-${phase}" x="${px(left)}" y="${px(top)}" width="${px(frame.x(column + 0.7) - left)}" height="${px(Math.max(0, bottom - top))}"/>`;
      })
      .join('');
  });
  return frame.wrap(bars.join('')) + legend(PHASES.map(({ name }) => name));
}

export interface BoxColumn {
  readonly name: string;
  readonly sorted: Float64Array;
}

/** Box from p25 to p75 with the median, whiskers from p5 to p95, dots at p99 and the largest. */
export function svgBoxPlot(title: string, columns: readonly BoxColumn[]): string {
  const present = columns.filter(({ sorted }) => sorted.length > 0);
  if (present.length === 0) return '';
  const frame = createPlotFrame({
    title,
    xLabel: '',
    yLabel: 'ms',
    xScale: { low: 0, high: present.length, log: false },
    yScale: fromZero(present.map(({ sorted }) => nearestRank(sorted, 1))),
    categories: present.map(({ name }) => name),
  });
  const boxes = present.map(({ sorted }, column) => {
    const at = (fraction: number): string => px(frame.y(nearestRank(sorted, fraction)));
    const middle = px(frame.x(column + 0.5));
    const left = frame.x(column + 0.3);
    const width = px(frame.x(column + 0.7) - left);
    const height = px(Math.max(1, Number(at(0.25)) - Number(at(0.75))));
    const whisker = (from: number, to: number): string =>
      `<line class="whisker" x1="${middle}" x2="${middle}" y1="${at(from)}" y2="${at(to)}"/>`;
    return `${whisker(0.05, 0.25)}${whisker(0.75, 0.95)}<rect class="box" x="${px(left)}" y="${at(0.75)}" width="${width}" height="${height}"/><line class="median" x1="${px(left)}" x2="${px(frame.x(column + 0.7))}" y1="${at(0.5)}" y2="${at(0.5)}"/><circle class="dot-1" cx="${middle}" cy="${at(0.99)}" r="3"/><circle class="dot-0" cx="${middle}" cy="${at(1)}" r="2"/>`;
  });
  return frame.wrap(boxes.join(''));
}
