// The account of each sidecar whose calls are not all stored, so that one knows where to look.
import { useQuery } from '@tanstack/react-query';
import { CompletenessAnswer } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { type RangeSearch, rangeParameters } from '../range/time-range.ts';
import { formatCount } from '../ui/number-format.ts';
import { TimeText } from '../ui/time-text.tsx';

export function SidecarAccounts({ range }: { range: RangeSearch }) {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['completeness', range.range, range.from, range.to],
    queryFn: ({ signal }) =>
      api.get({
        path: 'completeness',
        schema: CompletenessAnswer,
        signal,
        parameters: rangeParameters(range, Date.now()),
      }),
  });
  const lacking = data?.sidecars.filter(({ missing, dropped, spooled }) => missing + dropped + spooled > 0);
  if (lacking === undefined || lacking.length === 0) return null;
  return (
    <ul className="tg-complete-sidecars">
      {lacking.map(({ sidecar_id, boot_id, last_reported_at, missing, dropped, spooled }) => (
        <li key={boot_id}>
          <b>{sidecar_id}</b>: {formatCount(missing)} missing, {formatCount(dropped)} dropped,{' '}
          {formatCount(spooled)} on the way; last heard of <TimeText at={last_reported_at} />
        </li>
      ))}
    </ul>
  );
}
