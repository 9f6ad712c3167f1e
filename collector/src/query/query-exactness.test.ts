// Answers on a real embedded store against sums worked out apart from it.
import { formatTimestamp, formatUsd } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCollector, type TestCollector } from '../collector-test-kit.ts';
import {
  cost,
  events,
  HOUR,
  rangeQuery,
  type Sent,
  START,
  sent,
  sums,
  whole,
} from '../known-calls-test-kit.ts';

let collector: TestCollector;

beforeAll(async () => {
  collector = await startTestCollector({ retention: { callsDays: 36_500 } });
  const answers = await Promise.all(
    [0, 1, 2].map((part) =>
      collector.send({ id: `batch-${part}`, lines: events.slice(part * 200, part * 200 + 200) }),
    ),
  );
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
});
afterAll(() => collector.stop());

describe('spend', () => {
  const ranges: [string, number, number][] = [
    ['everything', START - 24 * HOUR, START + 96 * HOUR],
    ['whole hours', START + 3 * HOUR, START + 31 * HOUR],
    ['less than an hour', START + 5 * HOUR + 1, START + 5 * HOUR + 2_000_000_000],
    ['two odd ends within one day', START + 2 * HOUR + 123_456, START + 9 * HOUR + 654_321],
    ['odd ends over days', START + HOUR / 2 + 1, START + 55 * HOUR + 999_999],
    ['from one call to the next, to the microsecond', sent[10]?.at ?? 0, (sent[10]?.at ?? 0) + 1],
    ['nothing', START - 5 * HOUR, START - HOUR],
  ];

  it.each(ranges)('sums %s exactly', async (_, from, to) => {
    const inRange = sent.filter((call) => call.at >= from && call.at < to);
    const answer = await collector.ask(`spend?${rangeQuery(from, to)}`);
    expect(answer).toMatchObject({ rows: inRange.length === 0 ? [] : [sums(inRange)] });
  });

  it.each(ranges.slice(0, 5))(
    'slices %s by day, hour, team and model without losing a digit',
    async (_, from, to) => {
      const inRange = sent.filter((call) => call.at >= from && call.at < to);
      for (const [interval, length] of [
        ['hour', HOUR],
        ['day', 24 * HOUR],
      ] as const) {
        const path = `spend?${rangeQuery(from, to)}&interval=${interval}&group_by=team,model`;
        const { rows } = (await collector.ask(path)) as { rows: Record<string, unknown>[] };
        const groups = new Map<string, Sent[]>();
        for (const call of inRange) {
          const key = [Math.floor(call.at / length), call.team, call.model].join();
          groups.set(key, [...(groups.get(key) ?? []), call]);
        }
        const expected = [...groups.values()].map((group) => ({
          ...sums(group),
          bucket: formatTimestamp(Math.floor((group[0]?.at ?? 0) / length) * length).replace('.000000', ''),
          team: group[0]?.team,
          model: group[0]?.model,
        }));
        const order = (row: Record<string, unknown>) => [row['bucket'], row['team'], row['model']].join();
        expect(rows.sort((a, b) => (order(a) < order(b) ? -1 : 1))).toEqual(
          expected.sort((a, b) => (order(a) < order(b) ? -1 : 1)),
        );
      }
    },
  );

  it('filters', async () => {
    const ofTeam = sent.filter((call) => call.team === 'ops' && call.model === 'gpt-4o-mini');
    expect(await collector.ask(`spend?${whole}&team=ops&model=gpt-4o-mini`)).toMatchObject({
      rows: [sums(ofTeam)],
    });
    expect(
      await collector.ask(`spend?${whole}&team=${encodeURIComponent("'; DROP TABLE x --")}`),
    ).toMatchObject({ rows: [] });
  });

  it.each([
    ['no range', 'spend', 'TG_REQUEST_INVALID', /from/],
    ['an end before its start', `spend?${rangeQuery(START, START - 1)}`, 'TG_RANGE_INVALID', /inclusive/],
    ['minutes over days', `spend?${whole}&interval=minute`, 'TG_RANGE_INVALID', /shorter/],
    ['an unknown dimension', `spend?${whole}&group_by=planet`, 'TG_REQUEST_INVALID', /docs/],
    ['a made-up cursor', `calls?${whole}&cursor=abc`, 'TG_CURSOR_INVALID', /next/],
  ])('refuses %s with a hint', async (_, path, code, hint) => {
    const answer = await collector.get(`/api/v1/${path}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { code, hint: expect.stringMatching(hint) } });
  });
});

describe('calls', () => {
  it('are paged newest first, each once', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = (await collector.ask(
        `calls?${whole}&limit=250${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )) as {
        calls: { call_id: string; started_at: string }[];
        next: string | null;
      };
      seen.push(...page.calls.map((call) => `${call.started_at} ${call.call_id}`));
      cursor = page.next;
    }
    const expected = events
      .map((event) => `${event['started_at']} ${event['call_id']}`)
      .sort()
      .reverse();
    expect(seen).toEqual(expected);
  });

  it('tell what each meter cost, and null where no price is known', async () => {
    const priced = sent.findIndex(
      (call) => call.model === 'gpt-4o-mini' && call.cached > 0 && call.input > 0 && !call.error,
    );
    const call = sent[priced] as Sent;
    expect(await collector.ask(`calls/${events[priced]?.['call_id']}`)).toMatchObject({
      seq: priced,
      cost_usd: formatUsd(cost(call)),
      cost_status: 'exact',
      price_version: 'genai-prices@0.1.8',
      input_tokens: call.input + call.cached,
      cost_lines: [
        { meter: 'input', quantity: call.input, unit_price_usd: '0.15', per: 1_000_000 },
        { meter: 'cache_read', quantity: call.cached, unit_price_usd: '0.075' },
        { meter: 'output', quantity: call.output, unit_price_usd: '0.6' },
      ],
    });
    const unpriced = sent.findIndex((each) => each.model === 'unheard-of');
    expect(await collector.ask(`calls/${events[unpriced]?.['call_id']}`)).toMatchObject({
      cost_usd: null,
      cost_status: 'unpriced',
    });
    expect((await collector.get('/api/v1/calls/019a0000-0000-7000-8000-ffffffffffff')).status).toBe(404);
  });
});

describe('latency', () => {
  it.each([
    ['from rollups', START, START + 72 * HOUR],
    ['from rollups and calls', START + 7 * HOUR + 5, START + 40 * HOUR + 7],
  ])('is right %s', async (_, from, to) => {
    const durations = events
      .filter((_event, index) => (sent[index]?.at ?? 0) >= from && (sent[index]?.at ?? 0) < to)
      .map((event) => Number(event['duration_ms']))
      .sort((a, b) => a - b);
    const { rows } = (await collector.ask(`latency?${rangeQuery(from, to)}`)) as {
      rows: {
        calls: number;
        duration_ms: { n: number; p50: number; p99: number };
        ttft_ms: { n: number; p50: null };
      }[];
    };
    expect(rows[0]).toMatchObject({
      calls: durations.length,
      ttft_ms: { n: 0, p50: null },
      duration_ms: { n: durations.length },
    });
    for (const [level, value] of [
      [0.5, rows[0]?.duration_ms.p50],
      [0.99, rows[0]?.duration_ms.p99],
    ] as const) {
      const exact = durations[Math.floor(level * (durations.length - 1))] ?? 0;
      expect(Math.abs((value ?? 0) - exact) / exact).toBeLessThan(0.03);
    }
  });
});
