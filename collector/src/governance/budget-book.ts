// What each team's soft budget has left. Reads the hourly rollup; decides nothing about calls.
import { type BudgetStatus, formatUsd, parseUsd, UsdAmount } from '@tollgate/contract';
import type { Clock } from '@tollgate/service-kit/clock';
import { z } from 'zod';
import type { EventsStore } from '../storage/events-store.ts';
import { type PeriodBounds, periodBounds } from './budget-period.ts';

const LimitUsd = z
  .union([z.string(), z.number()])
  .transform((value) => String(value))
  .refine(
    (text) => UsdAmount.safeParse(text).success && parseUsd(text) > 0n,
    'must be a decimal number of USD above 0, such as "250.00"',
  );

export const Budget = z.strictObject({
  /** Shown in answers and alerts; the team's name when absent. */
  name: z.string().min(1).max(128).optional(),
  team: z.string().min(1).max(256),
  period: z.enum(['day', 'month']).default('month'),
  /** A decimal number of USD; quote it to keep it exact. */
  limitUsd: LimitUsd,
});
export type Budget = z.infer<typeof Budget>;

export interface BudgetBookOptions {
  readonly budgets: readonly Budget[];
  readonly events: Pick<EventsStore, 'query'>;
  readonly clock: Clock;
}

export interface BudgetBook {
  /** Every configured budget in its running period, in the order of the configuration. */
  readonly statuses: (signal?: AbortSignal) => Promise<BudgetStatus[]>;
}

const WARNING_STEPS = [1, 0.8, 0.5] as const;
const SpentRow = z.object({ team: z.string(), spent: z.string(), unpriced: z.string() });

export function createBudgetBook({ budgets, events, clock }: BudgetBookOptions): BudgetBook {
  /** Up to the period's end: a sidecar's clock may be ahead, and a period may end while the store is asked. */
  const spentIn = async ({ start, end }: PeriodBounds, teams: readonly string[], signal?: AbortSignal) => {
    const rows = await events.query({
      sql: `SELECT team, toString(sum(priced_cost_usd)) AS spent, toString(sum(unpriced_calls)) AS unpriced
        FROM spend_hourly
        WHERE bucket >= toDateTime({start:UInt32}, 'UTC') AND bucket < toDateTime({end:UInt32}, 'UTC')
          AND team IN {teams:Array(String)}
        GROUP BY team`,
      params: { start: start.getTime() / 1000, end: end.getTime() / 1000, teams },
      schema: SpentRow,
      ...(signal === undefined ? {} : { signal }),
    });
    return new Map(rows.map((row) => [row.team, row]));
  };

  return {
    statuses: async (signal) => {
      if (budgets.length === 0) return [];
      const now = new Date(clock.nowMicros() / 1000);
      const spent = new Map<Budget['period'], Awaited<ReturnType<typeof spentIn>>>();
      for (const period of new Set(budgets.map((budget) => budget.period))) {
        const teams = budgets.filter((budget) => budget.period === period).map((budget) => budget.team);
        spent.set(period, await spentIn(periodBounds(period, now), teams, signal));
      }
      return budgets.map((budget) => {
        const row = spent.get(budget.period)?.get(budget.team);
        return describeBudget({
          budget,
          now,
          spentUsd: row?.spent ?? '0',
          unpricedCalls: Number(row?.unpriced ?? 0),
        });
      });
    },
  };
}

interface DescribeBudget {
  readonly budget: Budget;
  readonly now: Date;
  readonly spentUsd: string;
  readonly unpricedCalls: number;
}

export function describeBudget({ budget, now, spentUsd, unpricedCalls }: DescribeBudget): BudgetStatus {
  const limit = parseUsd(budget.limitUsd);
  const spent = parseUsd(spentUsd);
  const { start, end } = periodBounds(budget.period, now);
  // A ratio is for drawing and alerting; six digits are enough and keep the division exact in BigInt.
  const ratio = Number((spent * 1_000_000n) / limit) / 1_000_000;
  const step = WARNING_STEPS.find((candidate) => ratio >= candidate) ?? 0;
  return {
    name: budget.name ?? budget.team,
    team: budget.team,
    period: budget.period,
    period_start: start.toISOString(),
    period_end: end.toISOString(),
    limit_usd: formatUsd(limit),
    spent_usd: formatUsd(spent),
    remaining_usd: formatUsd(limit - spent),
    spent_ratio: ratio,
    warning_step: step,
    state: step === 1 ? 'exceeded' : step === 0 ? 'ok' : 'warning',
    unpriced_calls: unpricedCalls,
  };
}
