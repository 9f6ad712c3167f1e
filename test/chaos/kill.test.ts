// kill -9 of the collector, of its engine and of the sidecar under load, ten times each: nothing acknowledged is lost or doubled.

import { setTimeout as delay } from 'node:timers/promises';
import type { CallSummary, CallsAnswer, CompletenessAnswer, SpendAnswer } from '@tollgate/contract';
import { parseUsd } from '@tollgate/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aroundNow, eventually, type RunningStack, startStack } from '../e2e/running-stack.ts';
import { createMeteredUpstream, type MeteredUpstream } from '../fakes/metered-upstream.ts';
import { descendants } from './process-tree.ts';
import { type SteadyLoad, startSteadyLoad } from './steady-load.ts';

const KILLS = Number(process.env['TOLLGATE_TEST_KILLS'] ?? 10);
const RECOVERY_MS = 60_000;

let upstream: MeteredUpstream;
let stack: RunningStack;

beforeAll(async () => {
  upstream = await createMeteredUpstream();
  stack = await startStack({
    args: ['--no-inference'],
    config: {
      upstreams: [{ name: 'main', provider: 'openai', baseUrl: upstream.url, default: true }],
      collector: {
        prices: [
          { provider: 'openai', model: 'model-a', meter: 'input', unitPriceUsd: '1.25' },
          { provider: 'openai', model: 'model-a', meter: 'output', unitPriceUsd: '10' },
        ],
      },
    },
  });
});
afterAll(async () => {
  await stack?.stop();
  await upstream?.close();
});

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

async function killRepeatedly(script: string, healthUrl: string): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    const pids = await eventually(
      async () => descendants(stack.process.pid ?? -1, script),
      (found) => found.length > 0,
      RECOVERY_MS,
    );
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await delay(100);
    await eventually(() => isReady(healthUrl), Boolean, RECOVERY_MS);
    await delay(300);
  }
}

async function storedCalls(team: string): Promise<CallSummary[]> {
  const calls: CallSummary[] = [];
  let cursor: string | null = null;
  const range = aroundNow();
  do {
    const page: CallsAnswer = await stack.query('calls', {
      ...range,
      team,
      limit: '500',
      ...(cursor === null ? {} : { cursor }),
    });
    calls.push(...page.calls);
    cursor = page.next;
  } while (cursor !== null);
  return calls;
}

async function callsInRollups(team: string): Promise<number> {
  const { rows } = await stack.query<SpendAnswer>('spend', { ...aroundNow(), team });
  return rows.reduce((total, row) => total + row.calls, 0);
}

async function expectWholeLedger(team: string, load: SteadyLoad): Promise<void> {
  await eventually(
    () => callsInRollups(team),
    (calls) => calls >= load.answered.size,
    RECOVERY_MS,
  );
  const settled = await eventually(
    () => stack.query<CompletenessAnswer>('completeness', aroundNow()),
    ({ seen, stored, spooled }) => seen === stored && spooled === 0,
    RECOVERY_MS,
  );
  expect(settled).toMatchObject({ dropped: 0, missing: 0 });
  const calls = await storedCalls(team);
  const ids = new Set(calls.map((call) => call.call_id));
  expect(ids.size, 'no call is stored twice').toBe(calls.length);
  expect(
    [...load.answered].filter((id) => !ids.has(id)),
    'answered calls that are missing',
  ).toEqual([]);

  const { rows } = await stack.query<SpendAnswer>('spend', {
    ...aroundNow(),
    group_by: 'team,outcome',
    interval: 'hour',
    team,
  });
  const rolledUp = rows.reduce((total, row) => total + row.calls, 0);
  expect(rolledUp, 'the rollups hold the same calls').toBe(calls.length);
  const raw = calls.reduce((total, call) => total + parseUsd(call.cost_usd ?? '0'), 0n);
  const rolledUpCost = rows.reduce((total, row) => total + parseUsd(row.cost_usd), 0n);
  expect(rolledUpCost, 'and the same cost').toBe(raw);
  const tokens = (pick: 'input_tokens' | 'output_tokens'): [number, number] => [
    rows.reduce((total, row) => total + row[pick], 0),
    calls.reduce((total, call) => total + call[pick], 0),
  ];
  expect(tokens('input_tokens')[0]).toBe(tokens('input_tokens')[1]);
  expect(tokens('output_tokens')[0]).toBe(tokens('output_tokens')[1]);
}

describe(`kill -9 under load, ${KILLS} times`, () => {
  it.each([
    ['the collector', 'collector/src/main.ts', 'killed-collector'],
    ['the embedded engine', 'embedded-clickhouse/server-main.ts', 'killed-engine'],
  ])('of %s fails no client and loses nothing', async (_, script, team) => {
    const load = startSteadyLoad({ sidecar: stack.sidecar, atOnce: 4, pauseMs: 20, team });
    await killRepeatedly(script, stack.dashboard);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(load.answered.size).toBeGreaterThan(KILLS);
    await expectWholeLedger(team, load);
  });

  it('of the sidecar loses no call whose answer had arrived', async () => {
    const load = startSteadyLoad({ sidecar: stack.sidecar, atOnce: 4, pauseMs: 20, team: 'killed-sidecar' });
    await killRepeatedly('sidecar/src/main.ts', stack.admin);
    await load.stop();
    expect(load.answered.size).toBeGreaterThan(KILLS);
    await expectWholeLedger('killed-sidecar', load);
  });
});
