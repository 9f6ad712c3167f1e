import { describe, expect, it } from 'vitest';
import { Budget, describeBudget } from './budget-book.ts';
import { periodBounds } from './budget-period.ts';
import { avoidableCalls, type RepeatedCall } from './exact-duplicates.ts';

const now = new Date('2026-02-28T23:59:59Z');

describe('a budget', () => {
  it.each([
    ['49.99', 'ok', 0],
    ['50', 'warning', 0.5],
    ['80', 'warning', 0.8],
    ['100', 'exceeded', 1],
    ['250.5', 'exceeded', 1],
  ])('with %s of 100 spent is %s', (spentUsd, state, step) => {
    const budget = Budget.parse({ team: 'search', limitUsd: 100 });
    const status = describeBudget({ budget, now, spentUsd, unpricedCalls: 0 });
    expect(status).toMatchObject({
      name: 'search',
      state,
      warning_step: step,
      limit_usd: '100',
      spent_usd: spentUsd,
    });
  });

  it('keeps what is left exact, below zero too', () => {
    const budget = Budget.parse({ team: 't', limitUsd: '0.000000000003' });
    expect(describeBudget({ budget, now, spentUsd: '0.000000000004', unpricedCalls: 0 }).remaining_usd).toBe(
      '-0.000000000001',
    );
  });

  it('counts in calendar periods of UTC', () => {
    expect(periodBounds('month', now).end.toISOString()).toBe('2026-03-01T00:00:00.000Z');
    expect(periodBounds('day', now).start.toISOString()).toBe('2026-02-28T00:00:00.000Z');
  });

  it.each([0, '-1', 'ten', '1e3'])('refuses a limit of %s', (limitUsd) => {
    expect(Budget.safeParse({ team: 't', limitUsd }).success).toBe(false);
  });
});

describe('avoidableCalls', () => {
  const at = (...seconds: number[]): RepeatedCall[] =>
    seconds.map((second) => ({
      startedAtMicros: second * 1e6,
      callId: String(second),
      costPicoUsd: 1n,
      priceVersion: '',
    }));

  it.each([
    ['the first call always pays', [0], []],
    ['repeats within the lifetime are avoidable', [0, 10, 3600], ['10', '3600']],
    ['a hit does not prolong the entry', [0, 3000, 3601, 4000], ['3000', '4000']],
  ])('%s', (_, seconds, expected) => {
    expect(avoidableCalls(at(...seconds), 3600).map((call) => call.callId)).toEqual(expected);
  });
});
