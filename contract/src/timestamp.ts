// Points in time as they travel: RFC 3339 in UTC, microseconds where the event has them.
import { z } from 'zod';

/** `2026-01-31T12:00:00.123456Z`. Always UTC, up to six fraction digits. */
export const Timestamp = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/,
    'must be RFC 3339 in UTC, such as 2026-01-31T12:00:00.123456Z',
  );

/** Formats microseconds since the Unix epoch as a `Timestamp` with six fraction digits. */
export function formatTimestamp(epochMicros: number): string {
  const millis = Math.floor(epochMicros / 1000);
  const micros = Math.floor(epochMicros - millis * 1000);
  return `${new Date(millis).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
