import { describe, expect, it } from 'vitest';
import { CollectorConfig } from './config.ts';

const budget = { name: 'same', team: 'a', period: 'day', limitUsd: '1' };

describe('budgets', () => {
  it('may share a name over teams and periods', () => {
    const budgets = [budget, { ...budget, team: 'b' }, { ...budget, period: 'month' }];
    expect(CollectorConfig.parse({ budgets }).budgets).toHaveLength(3);
  });

  it('of one name, team and period are refused, since alerts could not tell them apart', () => {
    const { error } = CollectorConfig.safeParse({ budgets: [budget, { ...budget, limitUsd: '2' }] });
    expect(error?.issues).toMatchObject([{ path: ['budgets', 1, 'name'] }]);
  });
});

const retentionOf = (retention: Record<string, number>) =>
  CollectorConfig.parse({ collector: { retention } }).collector.retention;

describe('retention', () => {
  it('keeps sums as long as what they sum', () => {
    expect(retentionOf({ callsDays: 5_000 })).toMatchObject({
      callsDays: 5_000,
      hourlyRollupsDays: 5_000,
      dailyRollupsDays: 5_000,
    });
    expect(retentionOf({ hourlyRollupsDays: 500, dailyRollupsDays: 30 })).toMatchObject({
      callsDays: 90,
      hourlyRollupsDays: 500,
      dailyRollupsDays: 500,
    });
  });

  it('is as set otherwise', () => {
    const set = { callsDays: 1, hourlyRollupsDays: 2, dailyRollupsDays: 3 };
    expect(retentionOf(set)).toMatchObject(set);
  });
});
