// An amount of money as people read it, with every stored digit on hover. An unknown price is a word, never a zero.
import { formatMoney, formatMoneyExact } from './money-format.ts';

export function MoneyText({ amount, digits }: { amount: string | bigint; digits?: number }) {
  return (
    <span className="tg-num" title={formatMoneyExact(amount)}>
      {formatMoney(amount, digits)}
    </span>
  );
}

export function UnpricedText() {
  return (
    <span className="tg-unpriced" title="No price is known for this model: its cost is not in any sum.">
      unpriced
    </span>
  );
}
