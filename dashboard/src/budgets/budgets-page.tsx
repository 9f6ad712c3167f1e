// What each team may spend in the running period, and how far it has come.
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type BudgetStatus, BudgetsAnswer, parseUsd } from '@tollgate/contract';
import { useApi } from '../api/api-context.ts';
import { LIVE } from '../api/live-refresher.ts';
import { costShare } from '../spend/spend-groups.ts';
import { MoneyText } from '../ui/money-text.tsx';
import { ErrorNotice, Notice, StaleNotice } from '../ui/notice.tsx';
import { formatCount, formatShare } from '../ui/number-format.ts';
import { PageHeader } from '../ui/page-header.tsx';
import { Tag } from '../ui/tag.tsx';
import { BudgetBar } from './budget-bar.tsx';
import { elapsedRatio } from './elapsed-ratio.ts';
import './budgets-page.css';

const STATES = {
  ok: { tone: 'good', label: 'within budget' },
  warning: { tone: 'warn', label: 'warning' },
  exceeded: { tone: 'bad', label: 'exceeded' },
} as const;

const PERIODS = { day: 'today (UTC)', month: 'this month (UTC)' } as const;

export function BudgetsPage() {
  const api = useApi();
  const budgets = useQuery({
    queryKey: ['budgets'],
    meta: LIVE,
    queryFn: ({ signal }) => api.get({ path: 'budgets', schema: BudgetsAnswer, signal }),
  });
  const { data, error } = budgets;
  return (
    <div className="tg-page">
      <PageHeader title="Budgets" />
      {data === undefined && error !== null && (
        <ErrorNotice error={error} onRetry={() => void budgets.refetch()} />
      )}
      {data !== undefined && error !== null && <StaleNotice error={error} />}
      {data === undefined && error === null && <Skeleton height={180} radius={12} />}
      {data?.budgets.length === 0 && <NoBudgets />}
      {data !== undefined && data.budgets.length > 0 && (
        <ul className="tg-budgets">
          {data.budgets.map((budget) => (
            <li key={`${budget.name} ${budget.team} ${budget.period}`} className="tg-card tg-budget">
              <BudgetCard budget={budget} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function BudgetCard({ budget }: { budget: BudgetStatus }) {
  const { tone, label } = STATES[budget.state];
  const elapsed = elapsedRatio(budget.period_start, budget.period_end, Date.now());
  const spent = parseUsd(budget.spent_usd);
  // Not the API's ratio: cut to six digits, it is 0 for the first cents of a large budget.
  const ratio = costShare(spent, parseUsd(budget.limit_usd));
  return (
    <>
      <div className="tg-budget-head">
        <h2>{budget.name}</h2>
        <span className="tg-budget-team tg-muted">team {budget.team}</span>
        <Tag tone={tone}>{label}</Tag>
        <span className="tg-budget-sums tg-num">
          <b>
            <MoneyText amount={budget.spent_usd} />
          </b>{' '}
          of <MoneyText amount={budget.limit_usd} /> {PERIODS[budget.period]}
        </span>
      </div>
      <BudgetBar ratio={ratio} elapsed={elapsed} state={budget.state} name={budget.name} />
      <div className="tg-budget-foot tg-muted tg-num">
        <span>
          {formatShare(ratio)} spent, {formatShare(elapsed)} of the time gone
        </span>
        {budget.unpriced_calls > 0 && (
          <span className="tg-unpriced">
            Not counted: {formatCount(budget.unpriced_calls)} without a price
          </span>
        )}
        <span>
          <Remaining picoUsd={parseUsd(budget.limit_usd) - spent} />
        </span>
        <Link to="/spend" search={{ ...periodRange(budget), by: 'model', team: budget.team }}>
          Where it went
        </Link>
      </div>
    </>
  );
}

function Remaining({ picoUsd }: { picoUsd: bigint }) {
  if (picoUsd < 0n) {
    return (
      <>
        over by <MoneyText amount={-picoUsd} />
      </>
    );
  }
  return (
    <>
      <MoneyText amount={picoUsd} /> left
    </>
  );
}

/** A month has a range of its own, which compares it with the same part of the month before. */
function periodRange({ period, period_start, period_end }: BudgetStatus) {
  if (period === 'month') return { range: 'this-month' } as const;
  return { range: 'custom', from: period_start, to: period_end } as const;
}

function NoBudgets() {
  return (
    <Notice icon="budgets" title="No budgets are set">
      <p>
        Write them into the configuration file (<code>TOLLGATE_CONFIG</code>) and start again:
      </p>
      <pre className="tg-budget-example">{`budgets:
  - team: search
    period: month
    limitUsd: "500"`}</pre>
      <p>A budget warns at 50, 80 and 100 % of its limit; it does not refuse calls yet.</p>
    </Notice>
  );
}
