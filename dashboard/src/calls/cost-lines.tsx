// What one call cost, meter by meter, so that the sum can be checked by hand.
import type { CallDetail } from '@tollgate/contract';
import { formatMoneyExact } from '../ui/money-format.ts';
import { UnpricedText } from '../ui/money-text.tsx';
import { formatCompact, formatCount } from '../ui/number-format.ts';
import { Tag } from '../ui/tag.tsx';

const STATUS_TONES = { exact: 'good', estimated: 'warn', partial: 'warn', unpriced: 'warn' } as const;

export function CostLines({ call }: { call: CallDetail }) {
  return (
    <section aria-label="Cost">
      <h3>
        Cost <Tag tone={STATUS_TONES[call.cost_status]}>{call.cost_status}</Tag>
      </h3>
      {call.cost_usd === null ? (
        <p>
          <UnpricedText />: no price is known for <b>{call.model}</b> at {call.provider}. Add one to the price
          table and run <code>npx tollgate reprice</code>.
        </p>
      ) : (
        <dl className="tg-lines">
          {call.cost_lines.map((line) => (
            <div key={line.meter}>
              <dt>{line.meter.replaceAll('_', ' ')}</dt>
              <dd className="tg-muted">
                {formatCount(line.quantity)} × {formatMoneyExact(line.unit_price_usd)}
                {line.per === 1 ? '' : ` / ${formatCompact(line.per)}`}
              </dd>
              <dd>{formatMoneyExact(line.cost_usd)}</dd>
            </div>
          ))}
          <div className="tg-lines-total">
            <dt>Total</dt>
            <dd className="tg-muted">{call.price_version !== '' && `price version ${call.price_version}`}</dd>
            <dd>{formatMoneyExact(call.cost_usd)}</dd>
          </div>
        </dl>
      )}
    </section>
  );
}
