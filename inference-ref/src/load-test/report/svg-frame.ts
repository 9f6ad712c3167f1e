// The frame that every plot shares: size, linear or logarithmic scales, ticks, axis titles. Strings of SVG, no library.

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
}

export interface PlotFrame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** Wraps the marks with axes and title into a whole `<svg>`. */
  readonly wrap: (marks: string) => string;
  readonly bottom: number;
  readonly top: number;
  readonly left: number;
  readonly right: number;
}

export interface PlotFrameOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly height?: number;
  /** Names instead of numbers along x. */
  readonly categories?: readonly string[];
}

const WIDTH = 560;
const MARGIN = { left: 58, right: 16, top: 14, bottom: 42 };

export function createPlotFrame(options: PlotFrameOptions): PlotFrame {
  const height = options.height ?? 260;
  const left = MARGIN.left;
  const right = WIDTH - MARGIN.right;
  const top = MARGIN.top;
  const bottom = height - MARGIN.bottom;
  const x = project(options.xScale, left, right);
  const y = project(options.yScale, bottom, top);
  const wrap = (marks: string): string => {
    const title = escapeText(options.title);
    const grid = ticks(options.yScale)
      .map(
        (value) =>
          `<line class="grid" x1="${left}" x2="${right}" y1="${px(y(value))}" y2="${px(y(value))}"/><text class="tick" x="${left - 6}" y="${px(y(value) + 4)}" text-anchor="end">${tickText(value)}</text>`,
      )
      .join('');
    const xTicks = (options.categories ?? ticks(options.xScale).map(tickText))
      .map((text, index) => {
        const at = options.categories === undefined ? x(ticks(options.xScale)[index] ?? 0) : x(index + 0.5);
        return `<text class="tick" x="${px(at)}" y="${bottom + 16}" text-anchor="middle">${escapeText(text)}</text>`;
      })
      .join('');
    return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">${grid}<line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>${xTicks}<text class="label" x="${(left + right) / 2}" y="${height - 6}" text-anchor="middle">${escapeText(options.xLabel)}</text><text class="label" transform="translate(13 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeText(options.yLabel)}</text>${marks}</svg>`;
  };
  return { x, y, wrap, bottom, top, left, right };
}

function project({ low, high, log }: Scale, from: number, to: number): (value: number) => number {
  const at = (value: number): number => (log ? Math.log10(Math.max(value, low)) : value);
  const span = at(high) - at(low) || 1;
  return (value) => from + ((at(value) - at(low)) / span) * (to - from);
}

/** Round numbers that cover the scale: about five, or one a decade. */
export function ticks({ low, high, log }: Scale): number[] {
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const count = Math.max(0, Math.floor(Math.log10(high) + 1e-9) - first + 1);
    return Array.from({ length: count }, (_, index) => 10 ** (first + index));
  }
  const step = niceStep((high - low) / 5);
  const result: number[] = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step)
    result.push(value);
  return result;
}

function niceStep(rough: number): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough) ?? 10;
  return factor * power;
}

export function tickText(value: number): string {
  const rounded = Number(value.toPrecision(6));
  if (Math.abs(rounded) >= 1e6) return `${Number((rounded / 1e6).toPrecision(3))}M`;
  return Math.abs(rounded) >= 1e4 ? `${Number((rounded / 1e3).toPrecision(3))}k` : String(rounded);
}

/** From zero to a little above the largest value. */
export function fromZero(values: Iterable<number>): Scale {
  let high = 0;
  for (const value of values) if (value > high) high = value;
  return { low: 0, high: high === 0 ? 1 : high * 1.08, log: false };
}

export function px(value: number): string {
  return value.toFixed(1);
}

export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
