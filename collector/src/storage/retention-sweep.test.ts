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

  const parts = [
    { table: 'llm_calls', partition_id: '20260331' },
    { table: 'llm_calls', partition_id: '20260401' },
    { table: 'llm_calls', partition_id: '20260430' },
    { table: 'spend_hourly', partition_id: '202604' },
  ];
  const keepDays = { llm_calls: 7, spend_hourly: 400 };
  const clock = { nowMicros: () => Date.UTC(2026, 4, 2) * 1000, monotonicMs: () => 0 };
  const eventsWith = (command: EventsStore['command']): EventsStore => ({
    database: 'tollgate',
    ping: async () => true,
    query: async ({ schema }) => parts.map((part) => schema.parse(part)),
    insert: async () => {},
    command,
    createDatabase: async () => {},
    close: async () => {},
  });

  it('drops whole partitions past the days of their table, and no other', async () => {
    const statements: string[] = [];
    const events = eventsWith(async (sql) => void statements.push(sql));
    const sweep = createRetentionSweep({ events, keepDays, clock, log });
    expect(await sweep.sweep()).toEqual(['llm_calls/20260331', 'llm_calls/20260401']);
    expect(statements).toEqual([
      "ALTER TABLE llm_calls DROP PARTITION ID '20260331'",
      "ALTER TABLE llm_calls DROP PARTITION ID '20260401'",
    ]);
  });

  it('goes on past a partition that the store does not drop', async () => {
    const events = eventsWith(async (sql) => {
      if (sql.includes('20260331')) throw new Error('larger than max_partition_size_to_drop');
    });
    const sweep = createRetentionSweep({ events, keepDays, clock, log });
    expect(await sweep.sweep()).toEqual(['llm_calls/20260401']);
  });
});
