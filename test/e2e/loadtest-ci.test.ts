// The CI example of docs/load-testing.md, end to end: the reference server keeps its objectives, a delay before it breaks them and
// is named. Planted delays are many times what a busy machine adds, so that this may gate.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnTimingServer } from '@tollgate/inference-ref/load-test/timing-server/spawn-timing-server';
import type { TimingProfile } from '@tollgate/inference-ref/load-test/timing-server/timing-profile';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDelayingProxy } from '../fakes/delaying-proxy.ts';
import { type InferenceProcess, startInferenceProcess } from '../fakes/inference-process.ts';
import { type LoadtestResult, runLoadtest } from './run-loadtest.ts';

const PLANTED_MS = 3000;
/** How quiet the machine is has tests of its own. */
const LENIENT = ['--tolerance', '1000%', '--calibration', '0'];

const servers: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

describe('the reference server in CI', () => {
  let inference: InferenceProcess;
  beforeAll(async () => {
    inference = await startInferenceProcess();
  });
  afterAll(async () => {
    await inference.stop();
  });

  const gate = (url: string): Promise<LoadtestResult> =>
    runLoadtest({
      args: [
        ...['--url', `${url}/v1`, '--model', 'tollgate-tiny', '--concurrency', '8', '--requests', '40'],
        ...['--input-tokens', '16', '--output-tokens', '8', ...LENIENT],
        ...['--objective', 'ttft.p90<2s', '--objective', 'error_rate<10%'],
      ],
    });

  it('passes its objectives', async () => {
    const { code, report, output } = await gate(inference.url);
    expect(report?.verdict, output).toBe('PASS');
    expect(code).toBe(0);
    expect(report?.phases.source).toBe('server-timing');
  });

  it('fails with a delay on the way to it, and the reason names the network', async () => {
    const proxy = await startDelayingProxy(inference.url, PLANTED_MS);
    servers.push(proxy);
    const { code, report, output } = await gate(proxy.url);
    expect(report?.verdict, output).toBe('FAIL');
    expect(code).toBe(1);
    expect(report?.verdict_reasons.join('\n')).toMatch(/ttft: mostly network \(network 3\d{3} ms/);
  });
});

describe('against the stored report of the last run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-baseline-'));
  const baseline = join(folder, 'baseline.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  const profile = { ttftMs: 50, gapMs: 2 };
  const run = async (
    changes: Partial<TimingProfile>,
    args: readonly string[],
    delayMs = 0,
  ): Promise<LoadtestResult> => {
    const server = await spawnTimingServer({ profile: { ...profile, ...changes } });
    servers.push(server);
    let { url } = server;
    if (delayMs > 0) {
      const proxy = await startDelayingProxy(new URL(url).origin, delayMs);
      servers.push(proxy);
      url = `${proxy.url}/v1`;
    }
    const load = ['--concurrency', '10', '--requests', '40', '--output-tokens', '10', '--no-prompt-scale'];
    return runLoadtest({ args: ['--url', url, '--model', 'timing', ...load, ...LENIENT, ...args] });
  };
  beforeAll(async () => {
    const { report } = await run({}, []);
    expect(report?.verdict).toBe('PASS');
    writeFileSync(baseline, JSON.stringify(report));
  });

  const check = (phase: string, changes: Partial<TimingProfile>, measure: string, delayMs = 0): void => {
    it(`names ${phase} when it became slower`, async () => {
      const { code, report, output } = await run(
        changes,
        ['--baseline', baseline, '--max-regression', '50%'],
        delayMs,
      );
      expect(code, output).toBe(1);
      expect(report?.comparison?.attribution.join('\n')).toMatch(
        new RegExp(`${measure} \\+.*: mostly ${phase};`),
      );
    });
  };
  check('queue', { slots: 1 }, 'TTFT p50');
  check('prefill', { ttftMs: 1500 }, 'TTFT p50');
  check('decode', { gapMs: 200 }, 'E2E p50');
  check('network', {}, 'TTFT p50', 1500);
});
