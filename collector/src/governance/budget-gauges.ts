// Budgets as Prometheus gauges, read when scraped. A store that is down leaves the last values and is told elsewhere.
import { TOLLGATE_METRICS } from '@tollgate/contract';
import type { Logger } from '@tollgate/service-kit/logger';
import { Gauge, type Registry } from 'prom-client';
import type { BudgetBook } from './budget-book.ts';

export interface BudgetGaugesOptions {
  readonly book: BudgetBook;
  readonly registry: Registry;
  readonly log: Logger;
}

export function registerBudgetGauges({ book, registry, log }: BudgetGaugesOptions): void {
  const labelNames = ['budget', 'team', 'period'] as const;
  let reading: Promise<void> | undefined;
  /** All gauges of one scrape wait for the same reading, else those asked first would show the scrape before. */
  const refresh = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const limit = new Gauge({
    name: TOLLGATE_METRICS.budgetLimitUsd,
    help: 'Limit of the budget in its period, USD',
    labelNames,
    registers: [registry],
    collect: refresh,
  });
  const spent = new Gauge({
    name: TOLLGATE_METRICS.budgetSpentUsd,
    help: 'Spent in the running period, USD',
    labelNames,
    registers: [registry],
    collect: refresh,
  });
  const ratio = new Gauge({
    name: TOLLGATE_METRICS.budgetSpentRatio,
    help: 'Share of the budget that is spent, 0 to 1 and above',
    labelNames,
    registers: [registry],
    collect: refresh,
  });

  async function read(): Promise<void> {
    try {
      for (const status of await book.statuses()) {
        const labels = { budget: status.name, team: status.team, period: status.period };
        ratio.set(labels, status.spent_ratio);
        limit.set(labels, Number(status.limit_usd));
        spent.set(labels, Number(status.spent_usd));
      }
    } catch (error) {
      log.warn({ exception: error }, 'budget.gauges_stale');
    }
  }
}
