// Times as ClickHouse reads them: `YYYY-MM-DD hh:mm:ss.ffffff`, UTC.
import { formatTimestamp } from '@tollgate/contract';

/** From an RFC 3339 time in UTC. */
export function sqlTimeOf(timestamp: string): string {
  return `${timestamp.slice(0, 10)} ${timestamp.slice(11, -1)}`;
}

export function sqlTimeAt(epochMicros: number): string {
  return sqlTimeOf(formatTimestamp(epochMicros));
}
