// A question's time range, read from text into microseconds.
import { defineError } from '@tollgate/service-kit/tollgate-error';

export const errRangeInvalid = defineError('TG_RANGE_INVALID', 400);

export const MICROS_PER_HOUR = 3_600_000_000;
export const MICROS_PER_DAY = 24 * MICROS_PER_HOUR;
/** What every time column holds, far beyond what is ever stored. */
export const LATEST_MICROS = Date.UTC(2100, 0, 1) * 1000;

/** `from` inclusive, `to` exclusive, microseconds since the Unix epoch. */
export interface MicrosRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads RFC 3339 with any offset and up to six fraction digits. What lies outside 1970 to 2100 is cut off, since nothing
 * is stored there. Throws TG_RANGE_INVALID when `to` is not after `from`.
 */
export function readRange(query: { readonly from: string; readonly to: string }): MicrosRange {
  const range = { from: microsOf(query.from), to: microsOf(query.to) };
  if (range.to <= range.from) {
    throw errRangeInvalid('`to` must be later than `from`', { hint: '`from` is inclusive, `to` exclusive' });
  }
  return { from: clamp(range.from), to: clamp(range.to) };
}

function clamp(micros: number): number {
  return Math.min(Math.max(micros, 0), LATEST_MICROS);
}

export function microsOf(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  const wholeSeconds = Date.parse(time.replace(/\.\d+/, ''));
  return wholeSeconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
