// A point in time in the local zone, with the full time and UTC on hover and for machines.
import { formatLocal, formatShort, formatUtc } from './time-format.ts';

export function TimeText({ at }: { at: string }) {
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${formatLocal(ms)} local\n${formatUtc(at)}`}>
      {formatShort(ms, Date.now())}
    </time>
  );
}
