import { describe, expect, it } from 'vitest';
import { CollectorConfig } from './config.ts';

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
