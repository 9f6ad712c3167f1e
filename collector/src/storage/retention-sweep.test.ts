import { createLogger } from '@tollgate/service-kit/logger';
import { describe, expect, it } from 'vitest';
import type { EventsStore } from './events-store.ts';
import { createRetentionSweep, isPast } from './retention-sweep.ts';

const log = createLogger({ name: 'test', level: 'silent' });

describe('retention', () => {
  it.each([
    ['20260501', Date.UTC(2026, 4, 2), true],
    ['20260501', Date.UTC(2026, 4, 2) - 1, false],
    ['202604', Date.UTC(2026, 4, 1), true],
    ['202604', Date.UTC(2026, 4, 1) - 1, false],
    ['202612', Date.UTC(2027, 0, 1), true],
    ['all', Date.UTC(2030, 0, 1), false],
  ])('of partition %s at %s', (partition, keptFromMs, expected) => {
    expect(isPast(partition, keptFromMs)).toBe(expected);
  });

  it('drops whole partitions past the days of their table, and no other', async () => {
    const statements: string[] = [];
    const parts = [
      { table: 'llm_calls', partition_id: '20260401' },
      { table: 'llm_calls', partition_id: '20260430' },
      { table: 'spend_hourly', partition_id: '202604' },
    ];
    const events: EventsStore = {
      database: 'tollgate',
      ping: async () => true,
      query: async ({ schema }) => parts.map((part) => schema.parse(part)),
      insert: async () => {},
      command: async (sql) => {
        statements.push(sql);
      },
      createDatabase: async () => {},
      close: async () => {},
    };
    const clock = { nowMicros: () => Date.UTC(2026, 4, 2) * 1000, monotonicMs: () => 0 };
    const keepDays = { llm_calls: 7, spend_hourly: 400 };
    const sweep = createRetentionSweep({ events, keepDays, clock, log });
    expect(await sweep.sweep()).toEqual(['llm_calls/20260401']);
    expect(statements).toEqual(["ALTER TABLE llm_calls DROP PARTITION ID '20260401'"]);
  });
});
