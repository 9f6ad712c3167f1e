import { createLogger } from '@tollgate/service-kit/logger';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { Budget, createBudgetBook } from './budget-book.ts';
import { registerBudgetGauges } from './budget-gauges.ts';

it('shows limit, spend and ratio of one reading in the very first scrape', async () => {
  const registry = new Registry();
  let asked = 0;
  const book = createBudgetBook({
    budgets: [Budget.parse({ team: 'search', limitUsd: '100' })],
    events: {
      query: async ({ schema }) => {
        asked += 1;
        return [schema.parse({ team: 'search', spent: '25', unpriced: '0' })];
      },
    },
    clock: { nowMicros: () => 0, monotonicMs: () => 0 },
  });
  registerBudgetGauges({ book, registry, log: createLogger({ name: 'test', level: 'silent' }) });
  const values = (await registry.metrics()).split('\n').filter((line) => line.includes('team="search"'));
  expect(values.map((line) => line.split(' ').at(-1)).sort()).toEqual(['0.25', '100', '25']);
  expect(asked).toBe(1);
});
