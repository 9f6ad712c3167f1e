// A point in time in the local zone, with UTC on hover and for machines.
import { formatLocal, formatUtc } from './time-format.ts';

export function TimeText({ at, show = 'full' }: { at: string; show?: 'full' | 'time' }) {
  const local = formatLocal(Date.parse(at));
  return (
    <time dateTime={at} title={`${local} local\n${formatUtc(at)}`}>
      {show === 'full' ? local : local.slice(11)}
    </time>
  );
}
