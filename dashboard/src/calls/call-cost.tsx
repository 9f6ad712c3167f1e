// The cost of one call with how sure it is: exact, estimated, in part, or unknown.
import type { CallSummary } from '@tollgate/contract';
import { formatMoney, formatMoneyExact } from '../ui/money-format.ts';
import { UnpricedText } from '../ui/money-text.tsx';

const QUALIFIERS = {
  exact: { mark: '', hint: '' },
  estimated: { mark: '≈ ', hint: ', by an estimate of the tokens' },
  partial: { mark: '≥ ', hint: ', in part: the stream was cut, or one of the meters has no price' },
  unpriced: { mark: '', hint: '' },
} as const;

export function CallCost({ call }: { call: Pick<CallSummary, 'cost_usd' | 'cost_status'> }) {
  if (call.cost_usd === null) return <UnpricedText />;
  const { mark, hint } = QUALIFIERS[call.cost_status];
  return (
    <span className="tg-num" title={`${formatMoneyExact(call.cost_usd)}${hint}`}>
      {mark}
      {formatMoney(call.cost_usd, 6)}
    </span>
  );
}
