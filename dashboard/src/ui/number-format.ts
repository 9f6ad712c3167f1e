// How counts, shares, durations and sizes are written for people. Money is written by money-format alone.

const INTEGER = new Intl.NumberFormat('en-US');

/** `12,345`. */
export function formatCount(count: number): string {
  return INTEGER.format(count);
}

/** `987`, `12.3k`, `4.56M`, `1.2B`: three significant digits. */
export function formatCompact(count: number): string {
  if (count < 10_000) return formatCount(count);
  for (const [size, unit] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (count >= size * 0.9995) return `${Number((count / size).toPrecision(3))}${unit}`;
  }
  return formatCount(count);
}

/** A ratio of 0 to 1 as `12.3 %`; a positive ratio never reads as 0 %. */
export function formatShare(ratio: number): string {
  const percent = ratio * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.1) return '<0.1 %';
  const isWhole = percent >= 99.95 || percent === Math.round(percent);
  return `${isWhole ? formatCount(Math.round(percent)) : percent.toFixed(1)} %`;
}

/** Milliseconds as `0.42 ms`, `85 ms`, `1.24 s`, `2 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 0.01) return '<0.01 ms';
  if (ms < 10) return `${Number(ms.toPrecision(ms < 1 ? 2 : 3))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
}

/** Axis labels: `0`, `250 ms`, `20 s`, `1.5 min`. */
export function formatDurationAxis(ms: number): string {
  const short = (value: number) => String(Number(value.toFixed(2)));
  if (ms === 0) return '0';
  if (ms < 1000) return `${short(ms)} ms`;
  if (ms < 120_000) return `${short(ms / 1000)} s`;
  return `${short(ms / 60_000)} min`;
}

/** Bytes as `512 B`, `1.5 KiB`, `23.4 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A change from `before` to `now` as a ratio; null where there is nothing to compare with. */
export function changeRatio(now: bigint | number, before: bigint | number): number | null {
  const base = Number(before);
  return base === 0 ? null : (Number(now) - base) / base;
}

/** `+12 %`, `−3.4 %`, `±0 %`, `×14`, `>×1,000`. */
export function formatChange(ratio: number): string {
  if (ratio >= 999.5) return '>×1,000';
  if (ratio >= 9.995) return `×${formatCount(Math.round(ratio + 1))}`;
  const percent = ratio * 100;
  const size = Math.abs(percent) >= 10 ? Math.round(Math.abs(percent)) : Number(Math.abs(percent).toFixed(1));
  if (size === 0) return '±0 %';
  return `${percent > 0 ? '+' : '−'}${size} %`;
}
