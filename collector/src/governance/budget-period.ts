// The calendar period a budget counts in, in UTC. The period is part of every answer, so nothing has to be reset.

export type BudgetPeriod = 'day' | 'month';

export interface PeriodBounds {
  readonly start: Date;
  /** Exclusive. */
  readonly end: Date;
}

export function periodBounds(period: BudgetPeriod, now: Date): PeriodBounds {
  const year = now.getUTCFullYear();
  const month = now.getUTCMonth();
  if (period === 'month') {
    return { start: new Date(Date.UTC(year, month, 1)), end: new Date(Date.UTC(year, month + 1, 1)) };
  }
  const day = now.getUTCDate();
  return { start: new Date(Date.UTC(year, month, day)), end: new Date(Date.UTC(year, month, day + 1)) };
}
