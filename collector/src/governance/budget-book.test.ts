// What counts in a budget's period, on a real store whose clock crosses the end of a month.
import { systemClock } from '@tollgate/service-kit/clock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callEvent, startTestCollector, type TestCollector } from '../collector-test-kit.ts';

const budgets = [
  { team: 'search', period: 'day', limitUsd: '10' },
  { team: 'search', period: 'month', limitUsd: '100' },
  { team: 'support', period: 'month', limitUsd: '1' },
];
/** A million tokens for 0.15 USD. */
const tokens = { input_uncached_tokens: 1_000_000 };
let now = '2026-05-31T23:59:59.5Z';
let collector: TestCollector;
beforeAll(async () => {
  const clock = { ...systemClock, nowMicros: () => Date.parse(now) * 1000 };
  collector = await startTestCollector({}, { clock, budgets });
  const lines = [
    ['2026-04-30T23:59:59.999999Z', tokens],
    ['2026-05-01T00:00:00Z', tokens],
    ['2026-05-30T23:59:59.999999Z', tokens],
    ['2026-05-31T00:00:00Z', tokens],
    ['2026-05-31T23:59:59.999999Z', { requested_model: 'unheard-of', ...tokens }],
    // By a sidecar whose clock is ahead.
    ['2026-06-01T00:00:00Z', tokens],
    ['2026-06-01T12:00:00Z', tokens],
  ].map(([started_at, fields], seq) => callEvent(seq, { started_at, ...(fields as object) }));
  expect((await collector.send({ id: 'calls', lines })).status).toBe(200);
});
afterAll(() => collector.stop());

it('counts the calls of the running period alone', async () => {
  expect(await collector.ask('budgets')).toMatchObject({
    budgets: [
      { period: 'day', spent_usd: '0.15', unpriced_calls: 1, period_end: '2026-06-01T00:00:00.000Z' },
      { period: 'month', spent_usd: '0.45', unpriced_calls: 1, period_start: '2026-05-01T00:00:00.000Z' },
      { team: 'support', spent_usd: '0', unpriced_calls: 0, state: 'ok' },
    ],
  });
});

it('begins anew with the next period', async () => {
  now = '2026-06-01T00:00:00Z';
  expect(await collector.ask('budgets')).toMatchObject({
    budgets: [
      { period: 'day', spent_usd: '0.3', unpriced_calls: 0 },
      { period: 'month', spent_usd: '0.3', unpriced_calls: 0 },
      { team: 'support', spent_usd: '0' },
    ],
  });
});
