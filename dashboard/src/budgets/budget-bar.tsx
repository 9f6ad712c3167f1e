// A budget as a bar with its warning steps, and a mark for how much of the period has gone by.
import type { BudgetStatus } from '@tollgate/contract';
import { formatShare } from '../ui/number-format.ts';
import { budgetScale } from './budget-scale.ts';

const STEPS = [0.5, 0.8, 1];

export function BudgetBar(props: {
  ratio: number;
  elapsed: number;
  state: BudgetStatus['state'];
  name: string;
}) {
  const { ratio, elapsed, state, name } = props;
  const { scale, isCut } = budgetScale(ratio);
  const at = (value: number) => `${Math.min(1, value / scale) * 100}%`;
  return (
    <div className="tg-budget-bar">
      <meter
        className="tg-visually-hidden"
        aria-label={`Spent of the budget ${name}`}
        value={Math.min(1, ratio)}
      >
        {formatShare(ratio)}
      </meter>
      <div className="tg-budget-track">
        <span
          className="tg-budget-fill"
          data-state={state}
          data-cut={isCut || undefined}
          style={{ width: at(ratio), minWidth: ratio > 0 ? 2 : 0 }}
        />
      </div>
      {STEPS.map((step) => (
        <span
          key={step}
          className="tg-budget-step"
          style={{ left: at(step) }}
          data-passed={ratio >= step}
          data-last={step >= scale}
        >
          {step * 100} %
        </span>
      ))}
      <span
        className="tg-budget-now"
        style={{ left: at(elapsed) }}
        title={`${formatShare(elapsed)} of the period has gone by`}
      />
    </div>
  );
}
