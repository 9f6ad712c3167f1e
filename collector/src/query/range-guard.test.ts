// What is refused once single calls and hourly sums are past their days, on a real store whose clock stands months later.
import { systemClock } from '@tollgate/service-kit/clock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callEvent, startTestCollector, type TestCollector } from '../collector-test-kit.ts';
import { events, HOUR, rangeQuery, START, sent, sums } from '../known-calls-test-kit.ts';

const DAY = 24 * HOUR;
/** Calls are kept since 2 August, hourly sums since June: those of 30 June are, and a month goes as a whole. */
const NOW = START + 100 * DAY;
const RETENTION = { callsDays: 7, hourlyRollupsDays: 40 };
const IN_JULY = START + 70 * DAY;

let collector: TestCollector;
beforeAll(async () => {
  const clock = { ...systemClock, nowMicros: () => NOW };
  collector = await startTestCollector({ retention: RETENTION }, { clock });
  const july = callEvent(600, { started_at: '2026-07-10T10:30:00Z' });
  expect((await collector.send({ id: 'calls', lines: [...events, july] })).status).toBe(200);
});
afterAll(() => collector.stop());

const DAYS = /midnights in UTC/;
const HOURS = /full hours/;

describe('a range of which parts are not kept', () => {
  it.each([
    ['whole days by the hour', START, START + 3 * DAY, '&interval=hour', DAYS],
    ['a day without its first hours', START + 6 * HOUR, START + 3 * DAY, '', DAYS],
    ['a day without its last hours, by the day', START, START + 2 * DAY - HOUR, '&interval=day', DAYS],
    ['less than an hour', START + HOUR / 2, START + HOUR, '', DAYS],
    ['hours up to what is kept', START + HOUR, NOW, '', DAYS],
    ['minutes whose hours are kept', IN_JULY + 10 * HOUR + 1, IN_JULY + 11 * HOUR, '', HOURS],
  ])('is refused: %s', async (_, from, to, rest, hint) => {
    for (const question of ['spend', 'latency']) {
      const answer = await collector.get(`/api/v1/${question}?${rangeQuery(from, to)}${rest}`);
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({
        error: { code: 'TG_RANGE_NOT_KEPT', hint: expect.stringMatching(hint) },
      });
    }
  });

  it('is answered in whole days', async () => {
    const days = sent.filter((call) => call.at < START + 2 * DAY);
    const range = rangeQuery(START, START + 2 * DAY);
    expect(await collector.ask(`spend?${range}`)).toMatchObject({ rows: [sums(days)] });
    expect(await collector.ask(`spend?${range}&interval=day`)).toMatchObject({ rows: [{}, {}] });
  });

  it('is answered in whole hours as long as those are kept', async () => {
    const range = rangeQuery(IN_JULY + 10 * HOUR, IN_JULY + 11 * HOUR);
    expect(await collector.ask(`spend?${range}&interval=hour`)).toMatchObject({ rows: [{ calls: 1 }] });
  });

  it.each([
    ['hours', START + 20 * DAY + HOUR, START + 25 * DAY, '&interval=hour'],
    ['minutes', IN_JULY + DAY + 1, IN_JULY + 2 * DAY, ''],
  ])('is answered where no %s are missing, since there were no calls', async (_, from, to, rest) => {
    expect(await collector.ask(`spend?${rangeQuery(from, to)}${rest}`)).toMatchObject({ rows: [] });
  });
});
