// A recorded report of the load-test harness, moved to now, and handed to a running stack as the harness does.
import { readFileSync } from 'node:fs';
import { LoadTestRun } from '@tollgate/contract';
import type { RunningStack } from './running-stack.ts';

const RECORDED = new URL('../../collector/src/load-tests/load-test-run.fixture.json', import.meta.url);

export const LOAD_TEST = LoadTestRun.parse({
  ...JSON.parse(readFileSync(RECORDED, 'utf8')),
  started_at: new Date().toISOString(),
});

export async function storeLoadTest({ dashboard, token }: RunningStack): Promise<void> {
  const answer = await fetch(`${dashboard}/api/v1/load-tests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(LOAD_TEST),
  });
  if (answer.status !== 201) throw new Error(`not stored: ${answer.status} ${await answer.text()}`);
}
