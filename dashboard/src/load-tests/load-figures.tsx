// How the figures of a load test are written: a figure that was not measured is a dash, never a zero.
import { formatCount, formatDuration } from '../ui/number-format.ts';

export function FigureMs({ value }: { value: number | null }) {
  if (value === null) return <Unmeasured />;
  return <span title={`${value} ms`}>{formatDuration(value)}</span>;
}

export function RateText({ value }: { value: number | null }) {
  if (value === null) return <Unmeasured />;
  return <span title={String(value)}>{formatRate(value)}</span>;
}

function Unmeasured() {
  return <span className="tg-muted">–</span>;
}

/** `0`, `3.42`, `87.2`, `1,234`. */
export function formatRate(value: number): string {
  return value >= 1000 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** The host of an address, for a narrow place; the address itself where it is none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
