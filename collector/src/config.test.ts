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
