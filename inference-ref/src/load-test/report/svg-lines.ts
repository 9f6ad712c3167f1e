// Lines over a common x: cumulative distributions, throughput and latency over time, latency against load.
import { createPlotFrame, escapeText, px, type Scale } from './svg-frame.ts';

export interface LineSeries {
  readonly name: string;
  /** A null leaves a gap. */
  readonly points: readonly (readonly [x: number, y: number | null])[];
  readonly dots?: boolean;
}

export interface LinesOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly series: readonly LineSeries[];
}

export function svgLines(options: LinesOptions): string {
  const frame = createPlotFrame(options);
  const lines = options.series.map(({ points, dots }, index) => {
    const parts: string[] = [];
    let pen = 'M';
    for (const [x, y] of points) {
      if (y === null) {
        pen = 'M';
        continue;
      }
      parts.push(`${pen}${px(frame.x(x))} ${px(frame.y(y))}`);
      pen = 'L';
    }
    const circles = points
      .map(([x, y], at) =>
        y !== null && (dots === true || isAlone(points, at))
          ? `<circle class="dot-${index}" cx="${px(frame.x(x))}" cy="${px(frame.y(y))}" r="3"/>`
          : '',
      )
      .join('');
    return `<path class="line line-${index}" d="${parts.join('')}"/>${circles}`;
  });
  return frame.wrap(lines.join('')) + legend(options.series.map(({ name }) => name));
}

/** No line reaches such a point: without a dot it would not be seen. */
function isAlone(points: LineSeries['points'], at: number): boolean {
  return (points[at - 1]?.[1] ?? null) === null && (points[at + 1]?.[1] ?? null) === null;
}

export function legend(names: readonly string[]): string {
  if (names.length < 2) return '';
  const items = names.map(
    (name, index) => `<span><i class="swatch swatch-${index}"></i>${escapeText(name)}</span>`,
  );
  return `<div class="legend">${items.join('')}</div>`;
}

/** The empirical distribution as a step line, thinned to a few hundred points. */
export function distributionPoints(sorted: Float64Array): readonly (readonly [number, number])[] {
  const count = Math.min(400, sorted.length);
  return Array.from({ length: count }, (_, index) => {
    const rank = count === 1 ? sorted.length - 1 : Math.round((index * (sorted.length - 1)) / (count - 1));
    return [sorted[rank] ?? 0, (rank + 1) / sorted.length] as const;
  });
}
