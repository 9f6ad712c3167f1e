// A histogram with its mean, p95 and p99 marked, as the brief asks for. Bins are even; what lies beyond the last is counted in it.
import { createPlotFrame, fromZero, px } from './svg-frame.ts';

export interface HistogramOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly sorted: Float64Array;
  readonly marks: readonly { readonly label: string; readonly value: number | null }[];
}

const BINS = 40;

export function svgHistogram({ title, xLabel, sorted, marks }: HistogramOptions): string {
  if (sorted.length === 0) return '';
  const low = sorted[0] ?? 0;
  const high = sorted[sorted.length - 1] ?? low;
  const width = (high - low) / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of sorted) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const frame = createPlotFrame({
    title,
    xLabel,
    yLabel: 'calls',
    xScale: { low, high: low + width * BINS, log: false },
    yScale: fromZero(counts),
  });
  const bars = counts.map((count, bin) => {
    const left = frame.x(low + bin * width);
    const right = frame.x(low + (bin + 1) * width);
    const top = frame.y(count);
    return `<rect class="bar" x="${px(left)}" y="${px(top)}" width="${px(Math.max(0.5, right - left - 1))}" height="${px(frame.bottom - top)}"/>`;
  });
  return frame.wrap(bars.join('') + verticalMarks(marks, frame));
}

/** Labels step down so that close marks stay readable, and turn left near the right edge. */
function verticalMarks(marks: HistogramOptions['marks'], frame: ReturnType<typeof createPlotFrame>): string {
  return marks
    .map(({ label, value }, index) => {
      if (value === null) return '';
      const at = frame.x(value);
      const nearEdge = at > frame.right - 90;
      return `<line class="mark mark-${index}" x1="${px(at)}" x2="${px(at)}" y1="${frame.top}" y2="${frame.bottom}"/><text class="mark-text mark-text-${index}" x="${px(nearEdge ? at - 4 : at + 4)}" y="${frame.top + 10 + 13 * index}" text-anchor="${nearEdge ? 'end' : 'start'}">${label} ${value.toFixed(1)}</text>`;
    })
    .join('');
}
