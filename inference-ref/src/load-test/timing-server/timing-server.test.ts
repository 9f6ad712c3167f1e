// The whole path from the timing server's quirks to the record: what must come out exactly, whatever the machine is busy with.
import { afterEach, describe, expect, it } from 'vitest';
import { computeCallMetrics } from '../measure/call-metrics.ts';
import type { CallRecord } from '../measure/call-record.ts';
import { createRunClock, monotonicNs } from '../measure/run-clock.ts';
import { createLoadEngine } from '../run/load-engine.ts';
import type { LoadPlan, Target } from '../run/load-plan.ts';
import { UNMEASURED_SCALE } from '../workload/workload.ts';
import type { TimingProfile } from './timing-profile.ts';
import { createTimingServer, type TimingServer } from './timing-server.ts';

const QUICK = { ttftMs: 4, gapMs: 1 };
const CALLS = 6;
const TOKENS = 12;

let server: TimingServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function planFor(baseUrl: string, overrides: Partial<LoadPlan> = {}): LoadPlan {
  return {
    target: {
      baseUrl,
      model: 'timing',
      api: 'openai-chat',
      apiKey: undefined,
      headers: {},
      maxTokensField: 'max_tokens',
      extraBody: {},
      reuseConnections: true,
      connectTimeoutMs: 5000,
      stallTimeoutMs: 5000,
      totalTimeoutMs: 10_000,
      insecureTls: false,
      ca: undefined,
    },
    shape: { kind: 'closed', concurrency: 3, rampUpMs: 0 },
    workload: {
      kind: 'synthetic',
      inputTokens: '20',
      outputTokens: String(TOKENS),
      sharedPrefix: null,
      nonce: true,
      scale: UNMEASURED_SCALE,
    },
    requests: CALLS,
    durationMs: null,
    arm: 'run',
    block: 0,
    seed: 1,
    runNonce: 'test',
    firstIndex: 0,
    openAhead: 0,
    tokenizerFile: undefined,
    ...overrides,
  };
}

async function callAll(
  profile: Partial<TimingProfile>,
  overrides: Partial<LoadPlan> = {},
  target: Partial<Target> = {},
): Promise<CallRecord[]> {
  server = await createTimingServer({ profile: { ...QUICK, ...profile } });
  const records: CallRecord[] = [];
  const engine = createLoadEngine({
    share: { index: 0, count: 1 },
    loadTokenizer: () => Promise.reject(new Error('none')),
  });
  const originNs = monotonicNs();
  const plan = planFor(server.url, overrides);
  await engine.run(
    { ...plan, target: { ...plan.target, ...target } },
    {
      start: async () => ({ clock: createRunClock(originNs), originNs }),
      onRecord: (record) => records.push(record),
    },
  );
  engine.close();
  return records;
}

describe('a call to the timing server', () => {
  const check = (
    name: string,
    profile: Partial<TimingProfile>,
    expected: Partial<CallRecord> & { events?: number; firstTokens?: number },
  ): void => {
    it(`${name} gives exactly the defined values`, async () => {
      const records = await callAll(profile);
      expect(records).toHaveLength(CALLS);
      const { events = TOKENS, firstTokens = 1, ...fields } = expected;
      for (const record of records) {
        expect(record).toMatchObject({ error: null, status: 200, outputTokens: TOKENS, ...fields });
        expect(record.eventMs).toHaveLength(events);
        expect(record.eventTokens[0]).toBe(firstTokens);
        expect(record.eventTokens.reduce((sum, tokens) => sum + tokens, 0)).toBe(record.outputTokens);
        const [first = Number.NaN, last = Number.NaN] = [record.eventMs[0], record.eventMs.at(-1)];
        expect(computeCallMetrics(record).tpotMs).toBe((last - first) / (record.outputTokens - firstTokens));
        expect(record.truth?.firstWrittenMs).toBeLessThanOrEqual(first);
      }
    });
  };
  check('with one token an event', {}, { eventTokenSource: 'one_each', tokenSource: 'reported' });
  check(
    'with four tokens an event',
    { tokensPerEvent: 4 },
    { events: 3, firstTokens: 4, eventTokenSource: 'apportioned' },
  );
  check('with five tokens an event, the last of two', { tokensPerEvent: 5 }, { events: 3, firstTokens: 5 });
  check(
    'with a running usage',
    { tokensPerEvent: 4, usage: 'running' },
    { events: 3, firstTokens: 4, eventTokenSource: 'reported' },
  );
  check('with CRLF', { crlf: true }, {});
  check('with every event cut inside a character', { splitUtf8: true }, {});
  check('with tool calls', { toolCall: true }, { finishReason: 'tool_calls' });
  check('without usage', { usage: 'none' }, { tokenSource: 'events', inputTokens: null });

  it('does not take a role-only chunk for the first token', async () => {
    for (const record of await callAll({ roleChunk: true, ttftMs: 30 })) {
      expect(record.eventMs).toHaveLength(TOKENS);
      expect(record.firstChoiceMs).toBeLessThan(record.eventMs[0] ?? 0);
    }
  });

  it('counts reasoning as events and finds the first answer after it', async () => {
    for (const record of await callAll({ reasoningTokens: 5 })) {
      expect(record.reasoningTokens).toBe(5);
      expect(record.firstAnswerMs).toBe(record.eventMs[5]);
    }
  });

  it('tells a fresh connection from a reused one', async () => {
    const reused = await callAll({});
    expect(reused.filter(({ freshConnection }) => freshConnection)).toHaveLength(3);
  });

  it('opens a connection for each call when told to', async () => {
    const fresh = await callAll({}, {}, { reuseConnections: false });
    expect(fresh.every(({ freshConnection, connectMs }) => freshConnection && connectMs !== null)).toBe(true);
  });

  it('reports planted failures by kind and goes on', async () => {
    const records = await callAll({ failEvery: 3 });
    expect(records.filter(({ error }) => error?.kind === 'http_server_error')).toHaveLength(2);
  });

  it('reads queueing from server-timing when the server has fewer slots than callers', async () => {
    const records = await callAll({ slots: 1, ttftMs: 10 });
    expect(
      records.filter(({ serverTiming }) => (serverTiming?.['queue'] ?? 0) > 5).length,
    ).toBeGreaterThanOrEqual(3);
  });
});
