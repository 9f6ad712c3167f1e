// How points in time are written: local zone on the page, UTC in the hover text.

type Part = Intl.DateTimeFormatPartTypes;

const LOCAL = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const MONTH_DAY_UTC = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', timeZone: 'UTC' });
const MONTH_DAY = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' });
const HOUR_MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** `2026-03-17 10:25:30` in the local zone. */
export function formatLocal(ms: number): string {
  const parts = new Map<Part, string>(LOCAL.formatToParts(ms).map(({ type, value }) => [type, value]));
  const part = (type: Part) => parts.get(type) ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** `Mar 17, 10:25:30` in the local zone; the year only when it is not this one. */
export function formatShort(ms: number, nowMs: number, precision: 'second' | 'minute' = 'second'): string {
  const local = formatLocal(ms);
  const time = local.slice(11, precision === 'second' ? 19 : 16);
  const year = local.slice(0, 4);
  const isThisYear = year === formatLocal(nowMs).slice(0, 4);
  return `${MONTH_DAY.format(ms)}${isThisYear ? '' : ` ${year}`}, ${time}`;
}

/** The name of the local zone at that time, or of the given one: `UTC`, `CET`, `GMT+5:30`. */
export function formatZone(ms: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZoneName: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  });
  return format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** `Mar 7, 09:00 – Mar 8, 10:00 CET`; both zones where summer time begins or ends in between. */
export function formatSpan(fromMs: number, toMs: number, nowMs: number): string {
  const fromZone = formatZone(fromMs);
  const toZone = formatZone(toMs);
  const from = `${formatShort(fromMs, nowMs, 'minute')}${fromZone === toZone ? '' : ` ${fromZone}`}`;
  return `${from} – ${formatShort(toMs, nowMs, 'minute')} ${toZone}`;
}

/** `2026-03-17 10:25:30 UTC`, with what follows the seconds kept when the text has it. */
export function formatUtc(timestamp: string | number): string {
  const text =
    typeof timestamp === 'number' ? new Date(timestamp).toISOString().replace('.000Z', 'Z') : timestamp;
  return `${text.replace('T', ' ').replace(/Z$/, '')} UTC`;
}

/** Labels of buckets: days are UTC days, hours and minutes are local. */
export function formatBucket(ms: number, interval: 'minute' | 'hour' | 'day'): string {
  if (interval === 'day') return MONTH_DAY_UTC.format(ms);
  return HOUR_MINUTE.format(ms);
}

export function formatBucketLong(ms: number, interval: 'minute' | 'hour' | 'day'): string {
  if (interval === 'day') return `${MONTH_DAY_UTC.format(ms)} (UTC day)`;
  return `${MONTH_DAY.format(ms)}, ${HOUR_MINUTE.format(ms)}`;
}

/** `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(ms: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}
