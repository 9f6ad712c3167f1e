// Points in time as they travel: RFC 3339 in UTC, microseconds where the event has them.
import { z } from 'zod';

/** `2026-01-31T12:00:00.123456Z`. Always UTC, up to six fraction digits. */
export const Timestamp = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/,
    'must be RFC 3339 in UTC, such as 2026-01-31T12:00:00.123456Z',
  );

/** The second that was formatted last, since neighbours in time share all but their fraction. */
let lastSecond = Number.NaN;
let lastText = '';

/** Formats microseconds since the Unix epoch as a `Timestamp` with six fraction digits. */
export function formatTimestamp(epochMicros: number): string {
  const second = Math.floor(epochMicros / 1e6);
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
    lastSecond = second;
  }
  return `${lastText}${String(Math.floor(epochMicros - second * 1e6)).padStart(6, '0')}Z`;
}
