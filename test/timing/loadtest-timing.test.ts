// Load tests whose truth is time itself: coordinated omission, comparisons, saturation. They want a quiet machine and gate nothing.
import { spawnTimingServer } from '@tollgate/inference-ref/load-test/timing-server/spawn-timing-server';
import type { TimingProfile } from '@tollgate/inference-ref/load-test/timing-server/timing-profile';
import type { TimingServer } from '@tollgate/inference-ref/load-test/timing-server/timing-server';
import { afterEach, describe, expect, it } from 'vitest';
import { runLoadtest } from '../e2e/run-loadtest.ts';
import { startDelayingProxy } from '../fakes/delaying-proxy.ts';

const servers: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
async function serve(profile: Partial<TimingProfile>): Promise<TimingServer> {
  const server = await spawnTimingServer({ profile });
  servers.push(server);
  return server;
}

/** These are about verdicts, not about how quiet the machine is: the certificate has tests of its own. */
const LENIENT = ['--tolerance', '1000%', '--calibration', '0', '--no-prompt-scale'];
const target = (url: string): string[] => ['--url', url, '--model', 'timing', ...LENIENT];

describe('coordinated omission', () => {
  it('a stall of two seconds shows in full from the schedule of an open loop, and hides in a closed one', async () => {
    const stalling = { ttftMs: 20, gapMs: 1, stallAtMs: 3000, stallForMs: 2000 };
    const limits = ['--duration', '10s', '--output-tokens', '5'];
    const open = await runLoadtest({
      args: [...target((await serve(stalling)).url), '--rate', '50', ...limits],
    });
    const closed = await runLoadtest({
      args: [...target((await serve(stalling)).url), '--concurrency', '5', '--ramp-up', '0s', ...limits],
    });
    // 2 s × 50/s of 500 calls wait: a fifth, evenly up to 2 s.
    expect(open.report?.e2e_scheduled_ms.p99 ?? 0).toBeGreaterThan(1700);
    expect(open.report?.e2e_scheduled_ms.p99 ?? 0).toBeLessThan(2400);
    expect(open.report?.e2e_scheduled_ms.p90 ?? 0).toBeGreaterThan(700);
    // Five calls of more than a thousand wait.
    expect(closed.report?.e2e_ms.max ?? 0).toBeGreaterThan(1900);
    expect(closed.report?.e2e_ms.p99 ?? 0).toBeLessThan(500);
  });
});

describe('comparison', () => {
  const blocks = ['--blocks', '12', '--requests', '360', '--concurrency', '10', '--output-tokens', '4'];
  const spread = { ttftMs: 120, gapMs: 2, ttftSigma: 0.1 };

  it('fails a planted regression of a tenth and names the phase, interleaved with the baseline', async () => {
    const baseline = await serve(spread);
    const candidate = await serve({ ...spread, ttftFactor: 1.1 });
    const result = await runLoadtest({
      args: [...target(candidate.url), '--baseline-url', baseline.url, ...blocks],
    });
    expect(result.code, result.output).toBe(1);
    expect(result.report?.comparison?.attribution.join('\n')).toMatch(/TTFT p50 \+\d+\.\d %: mostly prefill/);
  });

  it('does not fail an unchanged server', async () => {
    const server = await serve(spread);
    const result = await runLoadtest({
      args: [...target(server.url), '--baseline-url', server.url, ...blocks],
    });
    expect(result.code, result.output).not.toBe(1);
  });

  it('finds a slow network behind an unchanged server', async () => {
    const server = await serve(spread);
    const proxy = await startDelayingProxy(new URL(server.url).origin, 60);
    servers.push(proxy);
    const result = await runLoadtest({
      args: [...target(`${proxy.url}/v1`), '--baseline-url', server.url, ...blocks],
    });
    expect(result.code).toBe(1);
    expect(result.report?.comparison?.attribution.join('\n')).toMatch(/mostly network/);
  });
});

describe('saturation', () => {
  it('is found by a sweep at about the number of slots', async () => {
    const { url } = await serve({ ttftMs: 40, gapMs: 1, slots: 6 });
    const args = [
      ...target(url),
      '--sweep',
      'concurrency',
      '--sweep-to',
      '32',
      '--requests',
      '60',
      '--output-tokens',
      '5',
      '--objective',
      'ttft.p50<60ms',
    ];
    const { report } = await runLoadtest({ args });
    expect(report?.sweep?.highest_good ?? 0).toBeGreaterThanOrEqual(4);
    expect(report?.sweep?.lowest_bad ?? 99).toBeLessThanOrEqual(14);
  });
});
