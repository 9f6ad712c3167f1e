// Money spent on calls given up and sent again, found on a real store.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callEvent, startTestCollector, type TestCollector } from '../collector-test-kit.ts';

const RANGE = 'from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z';
const abandoned = { outcome: 'client_aborted', usage_source: 'estimated', input_uncached_tokens: 1_000_000 };
let collector: TestCollector;
beforeAll(async () => {
  collector = await startTestCollector({ retention: { callsDays: 36_500 } });
});
afterAll(() => collector.stop());

it('counts a call that was given up before its model answered, and sent again', async () => {
  const lines = [
    callEvent(0, { ...abandoned, prompt_digest: 'a' }),
    callEvent(1, {
      prompt_digest: 'a',
      started_at: '2026-05-01T12:00:30Z',
      response_model: 'gpt-4o-mini-2024-07-18',
    }),
    // Sent again too late, by another team, or never.
    callEvent(2, { ...abandoned, prompt_digest: 'b' }),
    callEvent(3, { prompt_digest: 'b', started_at: '2026-05-01T12:10:02Z' }),
    callEvent(4, { ...abandoned, prompt_digest: 'c' }),
    callEvent(5, { prompt_digest: 'c', started_at: '2026-05-01T12:00:30Z', team: 'support' }),
    callEvent(6, { ...abandoned, prompt_digest: 'd' }),
  ];
  expect(await (await collector.send({ id: 'calls', lines })).json()).toMatchObject({ accepted: 7 });
  expect(await collector.ask(`recommendations?${RANGE}`)).toMatchObject({
    spend_usd: '0.6',
    recommendations: [
      {
        kind: 'failed_calls',
        team: 'search',
        model: 'gpt-4o-mini',
        saving_usd: '0.15',
        evidence: { calls: 1, sample_call_ids: [lines[0]?.['call_id']] },
      },
    ],
  });
});
